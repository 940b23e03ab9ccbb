"""Names of all that a policy can name in a deployed stack, and of what is not Brook's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from local.process import StackProcess
from local.settings import REGION, STACK_NAME
from local.stack import ACCOUNT

ELSE = "somebody-elses"
"""Name of resources that are not Brook's."""

SOME = 3
"""Of what all policies name in the same way."""

FOLDERS = ("uploads/", "uploads/imports/", "imports/", "files/", "exports/", "else/", "")
"""Of the bucket; no function has any business in the last two."""


@dataclass(frozen=True)
class Places:
    """The stack's resources, found by their types."""

    stack: StackProcess

    @cached_property
    def tables(self) -> list[str]:
        return [*self._named("AWS::DynamoDB::Table"), ELSE]

    @cached_property
    def streams(self) -> list[str]:
        """The ARNs of the streams: Brook has one."""
        found = self.stack.client("dynamodb").describe_table(TableName=self.records)["Table"]
        return [found["LatestStreamArn"], f"{arn('dynamodb', f'table/{ELSE}')}/stream/2026-01-01"]

    @cached_property
    def queues(self) -> list[str]:
        """Queues by their names."""
        urls = self._named("AWS::SQS::Queue")
        return [*(url.rpartition("/")[2] for url in urls), ELSE]

    @cached_property
    def groups(self) -> list[str]:
        """Groups of logs; some of the functions'."""
        return [*self._named("AWS::Logs::LogGroup")[:SOME], ELSE]

    @cached_property
    def functions(self) -> list[str]:
        """Functions with schedules, and functions that no role may call."""
        return [
            f"{STACK_NAME}-timers",
            f"{STACK_NAME}-due",
            *self._named("AWS::Lambda::Function")[:SOME],
            ELSE,
        ]

    @cached_property
    def roles(self) -> dict[str, str]:
        """The names of the roles, by their logical ids."""
        return self._found["AWS::IAM::Role"]

    @cached_property
    def schedules(self) -> list[str]:
        """Groups of schedules."""
        return [*self._named("AWS::Scheduler::ScheduleGroup"), "default", ELSE]

    @property
    def pools(self) -> list[str]:
        return [self.stack.outputs["UserPoolId"], f"{REGION}_{ELSE}"]

    @property
    def buckets(self) -> list[str]:
        return [self.stack.outputs["Bucket"], ELSE]

    @contextmanager
    def another_bucket(self) -> Iterator[None]:
        """The bucket that is not Brook's: the engine refuses nobody what is not there."""
        files = self.stack.client("s3")
        files.create_bucket(Bucket=ELSE)
        try:
            yield
        finally:
            files.delete_bucket(Bucket=ELSE)

    @property
    def records(self) -> str:
        return self.stack.outputs["RecordsTable"]

    def url(self, queue: str) -> str:
        return f"{self.stack.engine_url}/{ACCOUNT}/{queue}"

    def _named(self, kind: str) -> list[str]:
        return list(self._found[kind].values())

    @cached_property
    def _found(self) -> dict[str, dict[str, str]]:
        found = self.stack.client("cloudformation").describe_stack_resources(StackName=STACK_NAME)
        kinds: dict[str, dict[str, str]] = {}
        for one in found["StackResources"]:
            names = kinds.setdefault(one["ResourceType"], {})
            names[one["LogicalResourceId"]] = one["PhysicalResourceId"]
        return kinds


def arn(service: str, resource: str) -> str:
    """An ARN of this account and region."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"
