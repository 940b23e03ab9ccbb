"""Counting an organization's sums anew, on the local stack."""

import json
from typing import Any

import boto3
from botocore.config import Config

from local.environment import CREDENTIALS
from local.errors import LocalStackError
from local.settings import REGION, STACK_NAME, Settings

TIMEOUT_SECONDS = 960
"""A little longer than the function may take."""


def recount(settings: Settings, organization_id: str) -> dict[str, Any]:
    """Call the deployed function until all is done.

    Raises:
        LocalStackError: the function failed.
        EndpointConnectionError: there is no stack.
    """
    function = boto3.client(
        "lambda",
        endpoint_url=settings.engine_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(
            connect_timeout=5, read_timeout=TIMEOUT_SECONDS, retries={"total_max_attempts": 1}
        ),
    )
    while True:
        answer = function.invoke(
            FunctionName=f"{STACK_NAME}-recount",
            Payload=json.dumps({"organization_id": organization_id}).encode(),
        )
        found: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise LocalStackError(f"the recount failed: {found.get('errorType', 'unknown error')}")
        if found["done"]:
            return found
