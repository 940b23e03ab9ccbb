"""Each function may do what it has to, and no more: the template's policies, really enforced."""

import json
from contextlib import suppress
from typing import Any

import pytest

from local.process import StackProcess
from local.settings import STACK_NAME
from tests.support.integration.witness import archive

KEY = {"pk": {"S": "role"}, "sk": {"S": "test"}}

# Makes the call it is told to, under the role it was given.
PROBE = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    try:
        getattr(boto3.client(event["service"]), event["call"])(**event["arguments"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"
"""


def record(stack: StackProcess) -> dict[str, Any]:
    return {"TableName": stack.outputs["RecordsTable"], "Key": KEY}


def new_record(stack: StackProcess) -> dict[str, Any]:
    return {"TableName": stack.outputs["RecordsTable"], "Item": KEY}


def new_mark(stack: StackProcess) -> dict[str, Any]:
    return {"TableName": stack.outputs["BookkeepingTable"], "Item": KEY}


def table(stack: StackProcess) -> dict[str, Any]:
    return {"TableName": stack.outputs["RecordsTable"]}


def file(stack: StackProcess) -> dict[str, Any]:
    return {"Bucket": stack.outputs["Bucket"], "Key": "files/role"}


def upload(stack: StackProcess) -> dict[str, Any]:
    return {"Bucket": stack.outputs["Bucket"], "Key": "uploads/role"}


def user(stack: StackProcess) -> dict[str, Any]:
    stack.user_id("role@example.com")
    return {"UserPoolId": stack.outputs["UserPoolId"], "Username": "role@example.com"}


def dead_letter(stack: StackProcess) -> dict[str, Any]:
    return {"QueueUrl": stack.outputs["ProjectionsDeadLetterQueueUrl"], "MessageBody": "{}"}


@pytest.fixture(scope="module", autouse=True)
def objects(stack: StackProcess) -> None:
    stack.client("s3").put_object(**file(stack), Body=b"content")


@pytest.mark.parametrize(
    ("function", "service", "call", "arguments", "allowed"),
    [
        ("docs", "dynamodb", "get_item", record, False),
        ("me", "dynamodb", "get_item", record, True),
        ("me", "dynamodb", "put_item", new_record, False),
        ("me", "dynamodb", "put_item", new_mark, False),
        ("organizations", "dynamodb", "put_item", new_record, True),
        ("organizations", "cognito-idp", "admin_get_user", user, True),
        ("organizations", "cognito-idp", "admin_delete_user", user, False),
        ("members", "cognito-idp", "admin_get_user", user, True),
        ("members", "cognito-idp", "admin_set_user_password", user, False),
        ("teams", "cognito-idp", "admin_get_user", user, False),
        ("teams", "dynamodb", "put_item", new_record, True),
        ("teams", "dynamodb", "scan", table, False),
        ("teams", "s3", "get_object", file, False),
        ("documents", "s3", "put_object", file, True),
        ("documents", "s3", "put_object", upload, True),
        ("documents", "s3", "delete_object", upload, False),
        ("documents", "dynamodb", "delete_table", table, False),
        ("attachments", "s3", "put_object", upload, True),
        ("attachments", "s3", "put_object", file, False),
        ("attachments", "s3", "get_object", file, False),
        ("uploads", "s3", "put_object", file, True),
        ("uploads", "s3", "put_object", upload, False),
        ("uploads", "s3", "delete_object", upload, True),
        ("uploads", "sqs", "send_message", dead_letter, False),
        ("projections", "sqs", "send_message", dead_letter, True),
        ("projections", "s3", "get_object", file, False),
        ("projections", "s3", "delete_object", file, True),
    ],
)
def test_a_function_may_do_what_it_has_to(
    stack: StackProcess, function: str, service: str, call: str, arguments: Any, allowed: bool
) -> None:
    more = {"Password": "Aa1aaaaaaaaaaa"} if call == "admin_set_user_password" else {}
    event = {"service": service, "call": call, "arguments": arguments(stack) | more}
    answer = probe(stack, function, event)
    assert answer == "done" if allowed else answer.startswith("AccessDenied"), answer


def probe(stack: StackProcess, function: str, event: dict[str, Any]) -> str:
    functions = stack.client("lambda")
    real = functions.get_function_configuration(FunctionName=f"{STACK_NAME}-{function}")
    name = f"probe-{function}"
    with suppress(functions.exceptions.ResourceConflictException):
        functions.create_function(
            FunctionName=name,
            Runtime=real["Runtime"],
            Handler="index.handler",
            Role=real["Role"],
            Code={"ZipFile": archive("index.py", PROBE)},
            Layers=[layer["Arn"] for layer in real["Layers"]],
            Timeout=30,
        )
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event))
    return str(json.loads(answer["Payload"].read()))
