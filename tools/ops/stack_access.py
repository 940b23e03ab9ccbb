"""Access to the stack of operator commands: the local one, or one on AWS."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.environment import CREDENTIALS, for_tools
from local.errors import LocalStackError
from local.settings import REGION, STACK_NAME, Settings

TIMEOUT_SECONDS = 960
"""Slightly longer than the timeout of any function."""


@dataclass(frozen=True)
class Operated:
    """A deployed stack.

    Attributes:
        name: the stack's name, the prefix of its functions' names.
        session: credentials for its account.
        endpoint: the local engine's address; None for AWS.
        environment: variables that direct Brook's own code to this stack only.
    """

    name: str
    session: boto3.Session
    endpoint: str | None
    environment: Mapping[str, str]

    @classmethod
    def of(cls, settings: Settings, stack: str) -> "Operated":
        """Return the named stack in the AWS account of the credentials; else the local one."""
        if stack:
            return cls(stack, boto3.Session(), None, dict(os.environ))
        session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )
        return cls(STACK_NAME, session, settings.engine_url, for_tools(settings))

    def client(self, service: str) -> Any:
        """Return a client without retries: an operator's command must not run twice unnoticed."""
        config = Config(
            connect_timeout=5, read_timeout=TIMEOUT_SECONDS, retries={"total_max_attempts": 1}
        )
        return self.session.client(service, endpoint_url=self.endpoint, config=config)

    def outputs(self) -> dict[str, str]:
        """Return the outputs of the stack.

        Raises:
            LocalStackError: there is no such stack.
            ClientError: AWS refuses the call.
        """
        try:
            found = self.client("cloudformation").describe_stacks(StackName=self.name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            raise LocalStackError(f"there is no stack {self.name}") from error
        return {one["OutputKey"]: one["OutputValue"] for one in found["Stacks"][0]["Outputs"]}

    def call(self, function: str, event: Any) -> Any:
        """Call a function, and return its response.

        Raises:
            LocalStackError: the function failed, or does not exist.
            ClientError: the call failed.
        """
        client, name = self.client("lambda"), f"{self.name}-{function}"
        try:
            answer = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
        except client.exceptions.ResourceNotFoundException as error:
            raise LocalStackError(f"there is no function {name}") from error
        found = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise LocalStackError(f"{function} failed: {found.get('errorType', 'unknown error')}")
        return found
