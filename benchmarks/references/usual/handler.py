"""The usual stack, as its tutorials have it, answering from the same DynamoDB call as the floor.

powertools' resolver with `enable_validation=True`, a pydantic model, boto3's resource, a logger.
"""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pydantic import BaseModel, Field

logger = Logger()
app = APIGatewayHttpResolver(enable_validation=True)
table = boto3.resource("dynamodb").Table(os.environ["RECORDS_TABLE"])


class Record(BaseModel):
    id: str
    name: str = Field(max_length=200)
    created_at: str


@app.get("/api/records/<record_id>")
def read_record(record_id: str) -> Record:
    found = table.get_item(Key={"pk": record_id, "sk": "#"}, ConsistentRead=True)
    return Record(**{"id": record_id, "name": "", "created_at": "", **found.get("Item", {})})


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)
