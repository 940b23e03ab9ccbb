"""Tables in memory, which answer reads as DynamoDB does, however much they hold.

The embedded engine goes through the whole of a list at each query, which makes an organization of
100,000 records unbearable there. Here a partition is sorted, so a query takes what it answers.
Only the reads that Brook makes are understood: whatever else is asked for is an error, not a
guess.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from benchmarks.capacity import item_bytes
from benchmarks.recording import CALL, DYNAMODB
from crm.platform.dynamodb.codec import Item, RawItem, to_raw

PAGE_BYTES = 1024 * 1024
"""A query ends a page with the item that makes it longer than this."""

RANGE = re.compile(r"\(?(#\w+) = (:\w+) AND (#\w+) BETWEEN (:\w+) AND (:\w+)\)?")
"""The key condition of every query of Brook's."""

UNDERSTOOD = {
    "Query": {
        "ConsistentRead",
        "ExclusiveStartKey",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "KeyConditionExpression",
        "Limit",
        "ReturnConsumedCapacity",
        "ScanIndexForward",
        "TableName",
    },
    "GetItem": {"ConsistentRead", "Key", "ReturnConsumedCapacity", "TableName"},
    "BatchGetItem": {"RequestItems", "ReturnConsumedCapacity"},
}

Raw = Mapping[str, Any]


class AsStored(dict[str, Any]):
    """An item that is held in attribute values, as another table has given it."""


class _Partition:
    """Items of one partition key, sorted when they are first asked for."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self._order: list[str] = []

    @property
    def order(self) -> list[str]:
        if len(self._order) != len(self.items):
            self._order = sorted(self.items)
        return self._order


class Memory:
    """Tables, by their names."""

    def __init__(self) -> None:
        self._partitions: defaultdict[tuple[str, str], _Partition] = defaultdict(_Partition)

    def hold(self, placed: Iterable[tuple[str, Item]]) -> None:
        """Take items in, each with its table."""
        for table, item in placed:
            pk, sk = item["pk"], item["sk"]
            if isinstance(item, AsStored):
                pk, sk = pk["S"], sk["S"]
            self._partitions[table, pk].items[sk] = item

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Let it answer what clients ask of DynamoDB, in place of the engine."""
        call = getattr(BaseClient, CALL)

        def answered(client: Any, operation: str, request: dict[str, Any]) -> Any:
            if client.meta.service_model.service_name != DYNAMODB:
                return call(client, operation, request)
            return self.answer(operation, request)

        with patch.object(BaseClient, CALL, answered):
            yield

    def answer(self, operation: str, request: Raw) -> dict[str, Any]:
        """What DynamoDB answers.

        Raises:
            NotImplementedError: it is no read that Brook makes.
        """
        if unknown := set(request) - UNDERSTOOD.get(operation, set()):
            raise NotImplementedError(f"{operation} with {sorted(unknown)}")
        if operation == "Query":
            return self._query(request)
        if operation == "GetItem":
            found = self._get(request["TableName"], request["Key"])
            return {"Item": found} if found else {}
        responses = {
            table: [item for key in asked["Keys"] if (item := self._get(table, key))]
            for table, asked in request["RequestItems"].items()
        }
        return {"Responses": responses, "UnprocessedKeys": {}}

    def _get(self, table: str, key: Raw) -> RawItem | None:
        held = self._partitions.get((table, key["pk"]["S"]))
        item = held.items.get(key["sk"]["S"]) if held else None
        return _raw(item) if item else None

    def _query(self, request: Raw) -> dict[str, Any]:
        pk, lower, upper = _range(request)
        held = self._partitions.get((request["TableName"], pk))
        order = held.order if held else []
        first, end = bisect_left(order, lower), bisect_right(order, upper)
        forward = request.get("ScanIndexForward", True)
        if (start := request.get("ExclusiveStartKey")) is not None:
            after = start["sk"]["S"]
            first = max(first, bisect_right(order, after)) if forward else first
            end = end if forward else min(end, bisect_left(order, after))
        places = range(first, end) if forward else range(end - 1, first - 1, -1)
        limit = request.get("Limit", len(order) + 1)
        items: list[RawItem] = []
        size = 0
        for place in places:
            if held is None or len(items) >= limit or size > PAGE_BYTES:
                return {"Items": items, "LastEvaluatedKey": _key(items[-1])}
            items.append(_raw(held.items[order[place]]))
            size += item_bytes(items[-1])
        # DynamoDB does not look ahead: a page that is full may be the last one.
        last = {"LastEvaluatedKey": _key(items[-1])} if items and len(items) >= limit else {}
        return {"Items": items, **last}


def _raw(item: Item) -> RawItem:
    return item if isinstance(item, AsStored) else to_raw(item)


def _range(request: Raw) -> tuple[str, str, str]:
    """Partition key, lowest and highest sort key of a query."""
    names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
    condition = RANGE.fullmatch(request["KeyConditionExpression"])
    if condition is None or (names[condition[1]], names[condition[3]]) != ("pk", "sk"):
        raise NotImplementedError(request["KeyConditionExpression"])
    pk, lower, upper = (values[condition[number]]["S"] for number in (2, 4, 5))
    return pk, lower, upper


def _key(item: RawItem) -> RawItem:
    return {"pk": item["pk"], "sk": item["sk"]}
