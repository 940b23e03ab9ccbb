"""The writes of a request, committed atomically in one TransactWriteItems."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import RECORDS, Table, connection, overload_as_unavailable
from crm.platform.errors import DuplicateError, FieldError, LimitExceededError, UnavailableError

MAX_OPERATIONS = 100

RETRY_ATTEMPTS = 20
RETRY_PAUSE = 0.02
"""Seconds that are added to the longest pause by each conflict."""

ORIGIN = "cause"
"""Attribute of a stored record with the origin of its last write; not part of the record."""

SUPPRESS_RULES: Item = {"quiet": True}
"""Origin of bulk writes: no workflow rule runs for them."""

RESTORED: Item = {**SUPPRESS_RULES, "restored": True}
"""Origin of restored records: no rule runs for them, and their history is restored too."""

Kind = Literal["check", "delete", "put", "update"]
Refusal = Callable[[], Exception]
Taken = Callable[[str], Exception]
"""Returns the error for a field whose value another record has."""


class StaleReadError(Exception):
    """An item has changed since it was read: the caller reads again and repeats."""


@dataclass(frozen=True)
class _Operation:
    kind: Kind
    table: Table
    key: Key
    condition: Condition | None
    refusal: Refusal
    written: Mapping[str, Any] | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        return self.table.operation(self.key, condition=self.condition, **(self.written or {}))


class Transaction:
    """Collects writes with their conditions, and commits them together.

    Args:
        cause: the origin, if it is not a request. It is stored with each saved record, for the
            stream's consumer to read, until the record is next saved.
    """

    def __init__(self, cause: Item | None = None) -> None:
        self._operations: list[_Operation] = []
        self._cause = cause
        self._afterwards: list[Callable[[], None]] = []

    def __len__(self) -> int:
        return len(self._operations)

    @property
    def items(self) -> set[tuple[str, Key]]:
        """Return table and key of the items that are written or checked."""
        return {(one.table.name, one.key) for one in self._operations}

    def save(self, new: Record, old: Record | None, taken: Taken | None = None) -> None:
        """Write a record, its index items and its unique constraint items.

        Args:
            new: the new version of the record.
            old: the record as it was read, maybe under another key; None if it must not exist
                yet.
            taken: returns the error for a unique value that another record has.
        """
        is_in_place = old is not None and old.key == new.key
        as_read = Path("version") == old.version if old else None
        item = {**new.item(), ORIGIN: self._cause}
        self.put(new.key, item, as_read if is_in_place else Path("pk").does_not_exist())
        if old is not None and not is_in_place:
            self.delete(old.key, as_read)
        self._save_entries(new, old)
        self._save_uniques(new, old, taken or _duplicate)

    def delete_record(self, old: Record) -> None:
        """Delete a record as it was read, with its index items and unique constraint items."""
        self.delete(old.key, Path("version") == old.version)
        for name, position in old.index_entries().items():
            self.delete(self._entry(old, name, position))
        for value in old.unique_constraints().values():
            self.delete(keys.unique_constraint(old.organization_id, old.KIND, value))

    def put(
        self,
        key: Key,
        item: Item,
        condition: Condition | None = None,
        refusal: Refusal = StaleReadError,
        table: Table = RECORDS,
    ) -> None:
        """Write an item under a condition; `refusal` is raised if the condition fails."""
        self._operations.append(_Operation("put", table, key, condition, refusal, {"item": item}))

    def delete(
        self, key: Key, condition: Condition | None = None, refusal: Refusal = StaleReadError
    ) -> None:
        """Delete an item under a condition; `refusal` is raised if the condition fails."""
        self._operations.append(_Operation("delete", RECORDS, key, condition, refusal))

    def update(
        self,
        key: Key,
        actions: Sequence[Action],
        condition: Condition | None = None,
        refusal: Refusal = StaleReadError,
        table: Table = RECORDS,
    ) -> None:
        """Update attributes of an item; `refusal` is raised if the condition fails."""
        self._operations.append(
            _Operation("update", table, key, condition, refusal, {"actions": actions})
        )

    def check(self, key: Key, condition: Condition, refusal: Refusal = StaleReadError) -> None:
        """Check a condition of an item that is not written."""
        self._operations.append(_Operation("check", RECORDS, key, condition, refusal))

    def afterwards(self, step: Callable[[], None]) -> None:
        """Register a step that the caller of `commit` runs after the commit.

        Args:
            step: runs in transactions of its own. It is lost if the process dies, so another
                worker must also do it, and it must not fail because of mere delays.
        """
        self._afterwards.append(step)

    def follow_up(self) -> None:
        """Run the steps registered for after the commit."""
        for step in self._afterwards:
            step()

    def commit(self) -> None:
        """Write all operations.

        Raises:
            StaleReadError: A record has changed since it was read, or another transaction was
                writing it concurrently.
            CRMError: The condition of an operation fails; its refusal chooses the error.
            LimitExceededError: The operations exceed the limit of a transaction.
            UnavailableError: DynamoDB is overloaded or unreachable.
        """
        if not self._operations:
            return
        if len(self._operations) > MAX_OPERATIONS:
            raise LimitExceededError("So much cannot be written at once.")
        checks, deletes, puts, updates = groups = [
            [one for one in self._operations if one.kind == kind]
            for kind in ("check", "delete", "put", "update")
        ]
        try:
            with overload_as_unavailable():
                connection().transact_write_items(
                    [one.arguments for one in checks],
                    [one.arguments for one in deletes],
                    [one.arguments for one in puts],
                    [one.arguments for one in updates],
                )
        except TransactWriteError as error:
            raise self._refusal(error, [one for group in groups for one in group]) from error

    def validate_only(self) -> None:
        """Check the conditions of all operations without writing. Raises the errors of `commit`."""
        demands = Transaction()
        demands._operations = [
            replace(one, kind="check", written=None)
            for one in self._operations
            if one.condition is not None
        ]
        demands.commit()

    @staticmethod
    def _refusal(error: TransactWriteError, operations: list[_Operation]) -> Exception:
        """Return the error for a cancelled transaction.

        A stale read takes precedence over a refusal: it may have caused the refusal, and the
        caller finds out by reading again.
        """
        if error.cause_response_code != "TransactionCanceledException":
            return error
        refusals: list[Exception] = []
        for operation, reason in zip(operations, error.cancellation_reasons, strict=True):
            if reason is None:
                continue
            if reason.code == "ConditionalCheckFailed":
                refusals.append(operation.refusal())
            elif reason.code in {"TransactionConflict", "ThrottlingError"}:
                refusals.append(StaleReadError())
        stale = [refusal for refusal in refusals if isinstance(refusal, StaleReadError)]
        return next(iter(stale or refusals), error)

    def _save_entries(self, new: Record, old: Record | None) -> None:
        before, after = (old.index_entries() if old else {}), new.index_entries()
        for name, position in after.items():
            entry = new.entry(name)
            if old is None or before.get(name) != position or old.entry(name) != entry:
                self.put(self._entry(new, name, position), entry)
        for name, position in before.items():
            if after.get(name) != position:
                self.delete(self._entry(new, name, position))

    def _save_uniques(self, new: Record, old: Record | None, taken: Taken) -> None:
        before, after = (old.unique_constraints() if old else {}), new.unique_constraints()
        for field, value in after.items():
            guard = keys.unique_constraint(new.organization_id, new.KIND, value)
            if old is None or value not in before.values():
                free = Path("pk").does_not_exist()
                self.put(guard, new.constraint_item(), free, partial(taken, field))
            elif new.constraint_item() != old.constraint_item():
                self.put(guard, new.constraint_item(), Path("record_id") == old.id)
        for value in before.values():
            if value not in after.values():
                self.delete(keys.unique_constraint(new.organization_id, new.KIND, value))

    @staticmethod
    def _entry(record: Record, name: str, position: str) -> Key:
        return keys.index_item(record.organization_id, record.KIND, name, position)


def retry_on_conflict(step: Callable[[], bool | None]) -> None:
    """Run a step until no work is left; other workers may do the same work concurrently.

    Args:
        step: reads the work that is left, and does all or a part of it in a transaction of its own;
            returns True if it has to run again.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted.
    """
    refused = 0
    while True:
        try:
            if not step():
                return
        except StaleReadError as error:
            refused += 1
            if refused == RETRY_ATTEMPTS:
                raise UnavailableError("Others are at the same work.") from error
            time.sleep(random.uniform(0, RETRY_PAUSE * refused))  # noqa: S311


def _duplicate(field: str) -> Exception:
    return DuplicateError(f"Another record has this {field}.", [FieldError(field, "is taken")])
