"""moto does much with whole tables that needs little of them, and nothing in turn.

For each operation of a transaction it backs up a table, for each query it sorts one. And it goes
through the partitions of a table in one thread while in another a reading of what is not there
makes a new one.
"""

import copy
from collections import defaultdict
from threading import RLock
from typing import Any

import pytest
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler


class _Copies:
    """`copy`, as moto's module of DynamoDB models sees it."""

    def __init__(self) -> None:
        self.tables: dict[int, Any] | None = None
        self.partitions: set[str] = set()

    def begin(self, transact_items: list[dict[str, Any]]) -> None:
        """From here to `end`, backups are those of a transaction."""
        self.tables = {}
        for one in transact_items:
            for operation in one.values():
                key = operation.get("Key") or operation.get("Item") or {}
                self.partitions.add(key.get("pk", {}).get("S", ""))

    def end(self) -> None:
        self.tables = None
        self.partitions = set()

    def deepcopy(self, value: Any) -> Any:
        if self.tables is None or not isinstance(value, Table):
            return copy.deepcopy(value)
        if id(value) not in self.tables:
            self.tables[id(value)] = self._backup(value)
        return self.tables[id(value)]

    def _backup(self, table: Table) -> Table:
        """The table: a copy of the partitions that the transaction names, the others themselves."""
        backup = copy.copy(table)
        items: Any = defaultdict(dict)
        for partition, inside in table.items.items():
            named = partition.value in self.partitions
            items[partition] = copy.deepcopy(inside) if named else inside
        backup.items = items
        return backup


def back_up_once(patch: pytest.MonkeyPatch) -> None:
    """Share the backup of a table among the operations of one transaction.

    moto makes all backups before the first operation, so each of them is the same.
    """
    copies, transact = _Copies(), DynamoDBBackend.transact_write_items

    def transact_write_items(
        backend: DynamoDBBackend, transact_items: list[dict[str, Any]]
    ) -> None:
        copies.begin(transact_items)
        try:
            transact(backend, transact_items)
        finally:
            copies.end()

    patch.setattr(models, "copy", copies)
    patch.setattr(DynamoDBBackend, "transact_write_items", transact_write_items)


def look_into_one_partition(patch: pytest.MonkeyPatch) -> None:
    """Let a query see the partition that it is of."""
    query = Table.query

    def query_partition(table: Table, hash_key: Any, *arguments: Any, **options: Any) -> Any:
        partition = copy.copy(table)
        partition.items = {hash_key: table.items.get(hash_key, {})}  # type: ignore[assignment]
        return query(partition, hash_key, *arguments, **options)

    patch.setattr(Table, "query", query_partition)


def one_request_at_a_time(patch: pytest.MonkeyPatch) -> None:
    """Let requests to DynamoDB wait for each other."""
    lock, call_action = RLock(), DynamoHandler.call_action

    def call_in_turn(handler: DynamoHandler) -> Any:
        with lock:
            return call_action(handler)

    patch.setattr(DynamoHandler, "call_action", call_in_turn)
