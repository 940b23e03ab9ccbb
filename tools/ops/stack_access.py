"""What an operator's commands speak to: the local stack, or one on AWS."""

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
"""A little longer than any function may take."""


@dataclass(frozen=True)
class Operated:
    """A deployed stack.

    Attributes:
        name: the stack's name, which its functions' names begin with.
        session: credentials for its account.
        endpoint: the local engine's address; None for AWS.
        environment: variables that lead Brook's own code there, and nowhere else.
    """

    name: str
    session: boto3.Session
    endpoint: str | None
    environment: Mapping[str, str]

    @classmethod
    def of(cls, settings: Settings, stack: str) -> "Operated":
        """The stack on AWS of that name, in the account of the caller's credentials; else ours."""
        if stack:
            return cls(stack, boto3.Session(), None, dict(os.environ))
        session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )
        return cls(STACK_NAME, session, settings.engine_url, for_tools(settings))

    def client(self, service: str) -> Any:
        """A client that asks once: what an operator does is not to be done twice in silence."""
        config = Config(
            connect_timeout=5, read_timeout=TIMEOUT_SECONDS, retries={"total_max_attempts": 1}
        )
        return self.session.client(service, endpoint_url=self.endpoint, config=config)

    def outputs(self) -> dict[str, str]:
        """
        Raises:
            LocalStackError: there is no such stack.
            ClientError: AWS does not say.
        """
        try:
            found = self.client("cloudformation").describe_stacks(StackName=self.name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            raise LocalStackError(f"there is no stack {self.name}") from error
        return {one["OutputKey"]: one["OutputValue"] for one in found["Stacks"][0]["Outputs"]}

    def call(self, function: str, event: Any) -> Any:
        """Call a function, and wait for its answer.

        Raises:
            LocalStackError: it failed, or does not exist.
            ClientError: it could not be called.
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
