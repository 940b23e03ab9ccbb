"""A function that writes down what the stream brought, to see that nothing of it is lost."""

import io
import json
import zipfile
from typing import Any

from local.process import StackProcess

# Copies the keys of what it watches from the stream into the bookkeeping table: other tests have
# written there too, and not everything of theirs has been worked off yet.
WITNESS = """
import os, sys, boto3

table = boto3.client("dynamodb")

def handler(event, context):
    for record in event["Records"]:
        keys = record["dynamodb"]["Keys"]
        if keys["pk"]["S"] == "watched":
            item = {"pk": {"S": "witness"}, "sk": keys["sk"]}
            table.put_item(TableName=os.environ["TABLE"], Item=item)
    print(len(event["Records"]), file=sys.stderr)
"""


class Witness:
    def __init__(self, stack: StackProcess) -> None:
        self._stack = stack
        self._tables = stack.client("dynamodb")
        self._records = stack.outputs["RecordsTable"]
        self._seen = stack.outputs["BookkeepingTable"]

    def install(self) -> None:
        functions = self._stack.client("lambda")
        functions.create_function(
            FunctionName="witness",
            Runtime="python3.13",
            Handler="index.handler",
            Role=self._role(),
            Code={"ZipFile": archive("index.py", WITNESS)},
            Layers=[self._dependencies()],
            Environment={"Variables": {"TABLE": self._seen}},
        )
        description = self._tables.describe_table(TableName=self._records)["Table"]
        functions.create_event_source_mapping(
            EventSourceArn=description["LatestStreamArn"],
            FunctionName="witness",
            StartingPosition="TRIM_HORIZON",
        )

    def write(self, names: list[str]) -> None:
        for name in names:
            item = {"pk": {"S": "watched"}, "sk": {"S": name}}
            self._tables.put_item(TableName=self._records, Item=item)

    def written(self) -> set[str]:
        return self._keys(self._records, "watched")

    def seen(self) -> set[str]:
        return self._keys(self._seen, "witness")

    def _keys(self, table: str, key: str) -> set[str]:
        pages = self._tables.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": key}},
        )
        return {item["sk"]["S"] for page in pages for item in page["Items"]}

    def _dependencies(self) -> str:
        functions = self._stack.client("lambda")
        layers = functions.get_function_configuration(FunctionName="brook-crm-docs")["Layers"]
        return next(str(layer["Arn"]) for layer in layers if "Dependencies" in layer["Arn"])

    def _role(self) -> str:
        statement = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
        identities = self._stack.client("iam")
        role = identities.create_role(
            RoleName="witness",
            AssumeRolePolicyDocument=policy(trust | {"Action": "sts:AssumeRole"}),
        )
        identities.put_role_policy(
            RoleName="witness", PolicyName="tables", PolicyDocument=policy(statement)
        )
        arn: str = role["Role"]["Arn"]
        return arn


def policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def archive(name: str, source: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr(name, source)
    return content.getvalue()
