"""Reads of whole stores that only tests make: tables, bucket, queues, clocks, users, logs."""

import json
from collections.abc import Iterator

from local.process import StackProcess
from local.settings import STACK_NAME
from tests.support.integration.client import Json


class Stored:
    """All that a stack has stored."""

    def __init__(self, stack: StackProcess) -> None:
        self._stack = stack
        self._tables = stack.client("dynamodb")

    def items(self) -> Iterator[Json]:
        for name in ("RecordsTable", "BookkeepingTable"):
            pages = self._tables.get_paginator("scan")
            for page in pages.paginate(TableName=self._stack.outputs[name], ConsistentRead=True):
                yield from page["Items"]

    def items_with(self, text: str) -> list[str]:
        """The items that hold a text, as texts, in an order of their own."""
        found = (json.dumps(item, sort_keys=True) for item in self.items())
        return sorted(one for one in found if text in one)

    def objects_with(self, text: str) -> list[tuple[str, str, str]]:
        """The versions of objects under a key that holds a text: key, version, digest."""
        bucket = {"Bucket": self._stack.outputs["Bucket"]}
        client = self._stack.client("s3")
        found = [
            (one["Key"], one["VersionId"], one.get("ETag", ""))
            for page in client.get_paginator("list_object_versions").paginate(**bucket)
            for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        ]
        uploads = client.list_multipart_uploads(**bucket).get("Uploads", [])
        found += [(one["Key"], one["UploadId"], "") for one in uploads]
        return sorted(one for one in found if text in one[0])

    def messages_with(self, text: str) -> list[str]:
        """The messages of all queues that can be seen and hold a text."""
        client = self._stack.client("sqs")
        found = []
        for url in client.list_queues().get("QueueUrls", []):
            page = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
            found += [one["Body"] for one in page.get("Messages", [])]
        return [one for one in found if text in one]

    def alarms_with(self, text: str) -> list[str]:
        client = self._stack.client("scheduler")
        group = f"{STACK_NAME}-timers"
        listed = client.list_schedules(GroupName=group)["Schedules"]
        told = [
            client.get_schedule(Name=one["Name"], GroupName=group)["Target"]["Input"]
            for one in listed
        ]
        return [one for one in told if text in one]

    def users_with(self, text: str) -> list[str]:
        client = self._stack.client("cognito-idp")
        pages = client.get_paginator("list_users")
        found = pages.paginate(UserPoolId=self._stack.outputs["UserPoolId"])
        users = [str(user["Attributes"]) for page in found for user in page["Users"]]
        return [one for one in users if text in one]

    def log_lines_with(self, text: str) -> list[str]:
        """Lines of the logs of all functions, and of the API."""
        client = self._stack.client("logs")
        groups = [
            group["logGroupName"]
            for page in client.get_paginator("describe_log_groups").paginate()
            for group in page["logGroups"]
        ]
        lines = [
            event["message"]
            for group in groups
            for page in client.get_paginator("filter_log_events").paginate(logGroupName=group)
            for event in page["events"]
        ]
        assert any("stream batch" in line for line in lines), "these are the logs"
        return [line for line in lines if text in line]
