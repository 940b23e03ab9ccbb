"""The floor: one DynamoDB call by bare botocore. No function that reads anything starts sooner."""

import os
from typing import Any

from botocore.session import get_session

client: Any = get_session().create_client("dynamodb")


def handler(_event: Any, _context: Any) -> dict[str, Any]:
    client.get_item(
        TableName=os.environ["RECORDS_TABLE"],
        Key={"pk": {"S": "nothing"}, "sk": {"S": "#"}},
        ConsistentRead=True,
    )
    return {"statusCode": 204}
