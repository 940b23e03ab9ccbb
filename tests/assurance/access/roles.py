"""Acting in a role, as the functions that have it do."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local.environment import CREDENTIALS
from local.process import StackProcess
from local.settings import REGION

REFUSALS = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "403"})
"""Error codes as the services spell them; a response to HEAD has only a status."""

OWNER = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
DURATION = 3600
POLICY = "2012-10-17"


class Wardrobe:
    """Clients of one engine that change from role to role without being made anew."""

    def __init__(self, stack: StackProcess) -> None:
        self._stack = stack
        self._identities = stack.client("iam")
        self._tokens = stack.client("sts")
        self._worn = Credentials(*CREDENTIALS.values())
        self._session = boto3.Session(region_name=REGION)
        # The session keeps whatever it is given as its credentials, and each client signs with
        # what they are at the time.
        self._session._session._credentials = self._worn  # type: ignore[attr-defined]
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A client that is in whichever role is worn at the time of each call."""
        if service not in self._clients:
            self._clients[service] = self._session.client(
                service,
                endpoint_url=self._stack.engine_url,
                config=Config(
                    retries={"total_max_attempts": 1},
                    parameter_validation=False,
                    inject_host_prefix=False,
                    s3={"addressing_style": "path"},
                ),
            )
        return self._clients[service]

    def is_refused(self, service: str, method: str, arguments: Mapping[str, Any]) -> bool:
        """Whether a call is refused for want of permission; any other error is no refusal."""
        try:
            getattr(self.client(service), method)(**arguments)
        except ClientError as error:
            return error.response["Error"]["Code"] in REFUSALS
        return False

    def wear(self, name: str) -> None:
        """Be in a role from now on.

        No role of Brook's can be taken by anybody but Lambda or the scheduler; so for a moment
        it lets the account in. What it allows does not change by that.
        """
        role = self._identities.get_role(RoleName=name)["Role"]
        trust = role["AssumeRolePolicyDocument"]
        with self._trusting(name, trust):
            got = self._tokens.assume_role(
                RoleArn=role["Arn"], RoleSessionName="assurance", DurationSeconds=DURATION
            )["Credentials"]
        self._worn.access_key = got["AccessKeyId"]
        self._worn.secret_key = got["SecretAccessKey"]
        self._worn.token = got["SessionToken"]

    @contextmanager
    def _trusting(self, name: str, trust: dict[str, Any]) -> Iterator[None]:
        self._trust(name, {**trust, "Statement": [*trust["Statement"], OWNER]})
        try:
            yield
        finally:
            self._trust(name, trust)

    def _trust(self, name: str, document: dict[str, Any]) -> None:
        self._identities.update_assume_role_policy(
            RoleName=name, PolicyDocument=json.dumps(document)
        )

    @contextmanager
    def stranger(self) -> Iterator[str]:
        """The name of a role that has no policy at all: the engine has to refuse it everything."""
        name = f"stranger-{time.time_ns()}"
        document = json.dumps({"Version": POLICY, "Statement": [OWNER]})
        self._identities.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        try:
            yield name
        finally:
            self._identities.delete_role(RoleName=name)
