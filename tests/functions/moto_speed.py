"""What moto does slowly, or does not bear: backups of tables, and several threads at once."""

import copy
import threading
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

    def deepcopy(self, value: Any) -> Any:
        if self.tables is None or not isinstance(value, Table):
            return copy.deepcopy(value)
        if id(value) not in self.tables:
            self.tables[id(value)] = copy.deepcopy(value)
        return self.tables[id(value)]


def back_up_once(patch: pytest.MonkeyPatch) -> None:
    """Share the backup of a table among the operations of one transaction.

    moto makes all backups before the first operation, so each of them is the same.
    """
    copies, transact = _Copies(), DynamoDBBackend.transact_write_items

    def transact_write_items(
        backend: DynamoDBBackend, transact_items: list[dict[str, Any]]
    ) -> None:
        copies.tables = {}
        try:
            transact(backend, transact_items)
        finally:
            copies.tables = None

    patch.setattr(models, "copy", copies)
    patch.setattr(DynamoDBBackend, "transact_write_items", transact_write_items)


def one_at_a_time(patch: pytest.MonkeyPatch) -> None:
    """Let calls of DynamoDB wait for each other: moto's tables know nothing of threads."""
    turn, call = threading.Lock(), DynamoHandler.call_action

    def call_action(handler: DynamoHandler) -> Any:
        with turn:
            return call(handler)

    patch.setattr(DynamoHandler, "call_action", call_action)
