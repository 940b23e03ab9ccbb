"""Observes the functions' calls of AWS below all of Brook's code."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.table import connection
from tests.support.tables import Snapshot

_EQUALS = re.compile(r"#\d+ = (:\d+)")


@dataclass(frozen=True)
class Call:
    """A request to a service of AWS."""

    operation: str
    arguments: Mapping[str, Any]

    def holds(self, text: str) -> bool:
        return text in repr(self.arguments)

    def partitions(self) -> Iterator[str]:
        """The partition of each item that it may have seen or written."""
        arguments = self.arguments
        match self.operation:
            case "GetItem":
                yield arguments["Key"]["pk"]["S"]
            case "BatchGetItem":
                for request in arguments["RequestItems"].values():
                    yield from (key["pk"]["S"] for key in request["Keys"])
            case "Query":
                [value] = _EQUALS.findall(arguments["KeyConditionExpression"])
                yield arguments["ExpressionAttributeValues"][value]["S"]
            case _:
                yield from (key.pk for _, key in self.written())

    def written(self) -> Iterator[tuple[str, Key]]:
        """The table and the key of each item that it may have written."""
        arguments = self.arguments
        match self.operation:
            case "PutItem":
                yield arguments["TableName"], _key(arguments["Item"])
            case "UpdateItem" | "DeleteItem":
                yield arguments["TableName"], _key(arguments["Key"])
            case "TransactWriteItems":
                for one in arguments["TransactItems"]:
                    [inner] = one.values()
                    yield inner["TableName"], _key(inner.get("Item") or inner["Key"])
            case "BatchWriteItem":
                for table, requests in arguments["RequestItems"].items():
                    for one in requests:
                        [inner] = one.values()
                        yield table, _key(inner.get("Item") or inner["Key"])


@dataclass
class Witness:
    """All calls that were made."""

    calls: list[Call] = field(default_factory=list)

    def mentions(self, text: str) -> list[Call]:
        """The calls that name something anywhere in their arguments."""
        return [call for call in self.calls if call.holds(text)]

    @property
    def writes(self) -> list[Call]:
        return [call for call in self.calls if any(True for _ in call.written())]

    def undo(self, before: Snapshot) -> None:
        """Make the items that were written what they were before."""
        touched: dict[str, set[Key]] = {}
        for call in self.calls:
            for table, key in call.written():
                touched.setdefault(table, set()).add(key)
        for table, keys in touched.items():
            known = before[table]
            puts = [known[pk, sk] for pk, sk in keys if (pk, sk) in known]
            gone = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys if (pk, sk) not in known]
            for start in range(0, len(puts), 25):
                connection().batch_write_item(table, put_items=puts[start : start + 25])
            for start in range(0, len(gone), 25):
                connection().batch_write_item(table, delete_items=gone[start : start + 25])


@contextmanager
def watched() -> Iterator[Witness]:
    """See all that is asked of AWS inside."""
    witness = Witness()
    call = vars(BaseClient)["_make_api_call"]

    def seen(client: BaseClient, operation: str, arguments: Any) -> Any:
        witness.calls.append(Call(operation, arguments))
        return call(client, operation, arguments)

    with patch.object(BaseClient, "_make_api_call", seen):
        yield witness


def _key(item: Mapping[str, Any]) -> Key:
    return Key(item["pk"]["S"], item["sk"]["S"])
