"""Calls of every action that some role is granted, each at every place where it could be made.

None changes anything, even where it is allowed: what it asks for is refused, or not found, once
the permission has been looked at.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.assurance.access.places import ELSE, FOLDERS, Places, arn

TOO_STRICT = frozenset(
    {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    }
)
"""The engine refuses these even where they are granted: it looks at a group without the `:*` that
its ARN ends in, and at no stream. Lambda makes these calls for a function, not the function."""

UNSEEN = frozenset({"iam:PassRole"})
"""Actions that the engine permits without a policy: they belong to calls with their own action."""

NEVER = "attribute_exists(pk) AND attribute_not_exists(pk)"
NOWHERE = {"pk": {"S": "access"}, "sk": {"S": uuid.uuid4().hex}}
WRONG_DIGEST = "1B2M2Y8AsgTpgAmY7PhCfg=="
"""The MD5 of nothing, for a body that is something: a put is refused once it may be made."""


@dataclass(frozen=True)
class Call:
    """One call of one action at one place.

    Attributes:
        action: that has to be granted for it.
        resource: that it has to be granted on, as an ARN.
        service: as boto3 calls it.
        method: of boto3's client.
        arguments: of the method.
    """

    action: str
    resource: str
    service: str
    method: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


def all_calls(places: Places) -> list[Call]:
    return [
        *_items(places),
        *_streams(places),
        *_objects(places),
        *_messages(places),
        *_users(places),
        *_schedules(places),
        *_logs(places),
        *_functions(places),
        *_emails(),
    ]


def _items(places: Places) -> Iterator[Call]:
    for table in places.tables:
        resource = arn("dynamodb", f"table/{table}")
        named = {"TableName": table}
        one = {**named, "Key": NOWHERE}
        never = {"ConditionExpression": NEVER}
        written = {"TableName": table, "Item": NOWHERE, **never}
        queried = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "access"}},
        }
        for action, method, arguments in (
            ("GetItem", "get_item", one),
            ("BatchGetItem", "batch_get_item", {"RequestItems": {table: {"Keys": [NOWHERE]}}}),
            ("PutItem", "put_item", written),
            ("UpdateItem", "update_item", {**one, "UpdateExpression": "REMOVE a", **never}),
            ("DeleteItem", "delete_item", {**one, **never}),
            ("Query", "query", {**named, **queried}),
            ("BatchWriteItem", "batch_write_item", _no_request(table)),
            ("GetItem", "transact_get_items", {"TransactItems": [{"Get": one}]}),
            ("PutItem", "transact_write_items", {"TransactItems": [{"Put": written}]}),
            ("ConditionCheckItem", "transact_write_items",
             {"TransactItems": [{"ConditionCheck": {**one, **never}}]}),
        ):  # fmt: skip
            yield Call(f"dynamodb:{action}", resource, "dynamodb", method, arguments)


def _no_request(table: str) -> dict[str, Any]:
    """A batch that puts and deletes the same item, which is not done."""
    return {
        "RequestItems": {
            table: [{"PutRequest": {"Item": NOWHERE}}, {"DeleteRequest": {"Key": NOWHERE}}]
        }
    }


def _streams(places: Places) -> Iterator[Call]:
    for stream in places.streams:
        shard = {"StreamArn": stream, "ShardId": "shardId-0", "ShardIteratorType": "LATEST"}
        for action, method, arguments in (
            ("DescribeStream", "describe_stream", {"StreamArn": stream}),
            ("GetShardIterator", "get_shard_iterator", shard),
            ("GetRecords", "get_records", {"ShardIterator": f"{stream}|1|none"}),
            ("ListStreams", "list_streams", {}),
        ):
            yield Call(f"dynamodb:{action}", stream, "dynamodbstreams", method, arguments)


def _objects(places: Places) -> Iterator[Call]:
    for bucket in places.buckets:
        for folder in FOLDERS if bucket != ELSE else ["files/"]:
            resource = f"arn:aws:s3:::{bucket}/{folder}access"
            one = {"Bucket": bucket, "Key": f"{folder}access"}
            old = {**one, "VersionId": uuid.uuid4().hex}
            part = {**one, "UploadId": "none"}
            wrong = {**one, "Body": b"x", "ContentMD5": WRONG_DIGEST}
            for action, method, arguments in (
                ("GetObject", "get_object", one),
                ("GetObject", "head_object", one),
                ("GetObjectVersion", "get_object", old),
                ("PutObject", "put_object", wrong),
                ("DeleteObject", "delete_object", one),
                ("DeleteObjectVersion", "delete_object", old),
                ("AbortMultipartUpload", "abort_multipart_upload", part),
            ):
                yield Call(f"s3:{action}", resource, "s3", method, arguments)
        for action, method in (
            ("ListBucket", "list_objects_v2"),
            ("ListBucketVersions", "list_object_versions"),
            ("ListBucketMultipartUploads", "list_multipart_uploads"),
        ):
            yield Call(f"s3:{action}", f"arn:aws:s3:::{bucket}", "s3", method, {"Bucket": bucket})


def _messages(places: Places) -> Iterator[Call]:
    for queue in places.queues:
        one = {"QueueUrl": places.url(queue)}
        receipt = {**one, "ReceiptHandle": "none"}
        too_late = {**one, "MessageBody": "{}", "DelaySeconds": 901}
        for action, method, arguments in (
            ("SendMessage", "send_message", too_late),
            ("ReceiveMessage", "receive_message", {**one, "MaxNumberOfMessages": 11}),
            ("DeleteMessage", "delete_message", receipt),
            ("ChangeMessageVisibility", "change_message_visibility",
             {**receipt, "VisibilityTimeout": 1}),
            ("GetQueueAttributes", "get_queue_attributes", one),
        ):  # fmt: skip
            yield Call(f"sqs:{action}", arn("sqs", queue), "sqs", method, arguments)


def _users(places: Places) -> Iterator[Call]:
    for pool in places.pools:
        resource = arn("cognito-idp", f"userpool/{pool}")
        nobody = {"UserPoolId": pool, "Username": ""}
        for action, method in (
            ("AdminGetUser", "admin_get_user"),
            ("AdminCreateUser", "admin_create_user"),
            ("AdminDeleteUser", "admin_delete_user"),
            ("AdminListGroupsForUser", "admin_list_groups_for_user"),
        ):
            yield Call(f"cognito-idp:{action}", resource, "cognito-idp", method, nobody)


def _schedules(places: Places) -> Iterator[Call]:
    for group in places.schedules:
        one, resource = {"Name": "access", "GroupName": group}, f"schedule/{group}/access"
        for action, method in (
            ("CreateSchedule", "create_schedule"),
            ("DeleteSchedule", "delete_schedule"),
        ):
            yield Call(f"scheduler:{action}", arn("scheduler", resource), "scheduler", method, one)


def _logs(places: Places) -> Iterator[Call]:
    for group in places.groups:
        resource = arn("logs", f"log-group:{group}:*")
        one = {"logGroupName": group, "logStreamName": "access:*"}
        for action, method, arguments in (
            ("CreateLogStream", "create_log_stream", one),
            ("PutLogEvents", "put_log_events", {**one, "logEvents": []}),
        ):
            yield Call(f"logs:{action}", resource, "logs", method, arguments)


def _functions(places: Places) -> Iterator[Call]:
    for function in places.functions:
        arguments = {"FunctionName": function, "InvocationType": "DryRun"}
        yield Call(
            "lambda:InvokeFunction",
            arn("lambda", f"function:{function}"),
            "lambda",
            "invoke",
            arguments,
        )


def _emails() -> Iterator[Call]:
    sender = f"{ELSE}@example.com"
    yield Call(
        "ses:SendEmail",
        arn("ses", f"identity/{sender}"),
        "sesv2",
        "send_email",
        {"FromEmailAddress": sender, "Content": {}},
    )
