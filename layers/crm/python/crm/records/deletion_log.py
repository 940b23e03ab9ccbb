"""The log of deleted records, and the erasure marks on its lines.

`functions/stream/projections` writes a line for each deleted record: its id, and the ids that lead
to the data it left behind. The line holds no text of a user.

An erasure marks the line of a record before it deletes the record, or in the same transaction. It
waits until each reader of the stream has noted the record's deletion on the line. The stream is in
order for each record: a repeated delivery ends with the deletion again, so the reader finds the
mark and deletes what it has just written.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.dynamodb.transaction import Transaction, retry_on_conflict

PROJECTIONS, RULES = "projections", "rules"
"""The readers of the stream."""

MARKED_SECONDS = 30 * 24 * 3600
"""Longer than the stream or its dead-letter queue (14 days) can deliver changes of a record."""

PATIENCE_SECONDS = 25 * 3600
"""Maximum wait for a reader of the stream: DynamoDB keeps stream records for a day."""

PAGE = 100


@dataclass(frozen=True)
class Line:
    """A record's line in the deletion log.

    Attributes:
        key: the key of the line.
        item: the content of the line: ids, and the erasure mark.
    """

    key: Key
    item: Item

    @property
    def record_id(self) -> str:
        return self.key.sk.rpartition("#")[2]

    @property
    def is_marked(self) -> bool:
        return "erased_on" in self.item

    @property
    def is_root(self) -> bool:
        """True if the erasure that marked the line deletes the record's dependents."""
        return bool(self.item.get("is_root"))

    @property
    def is_awaited(self) -> bool:
        """True if an erasure still waits for a reader of the stream to process the deletion."""
        return any(map(self.awaits, _READERS))

    def awaits(self, reader: str) -> bool:
        """Return whether an erasure waits for a reader, `PROJECTIONS` or `RULES`."""
        waited = time.time() - int(self.item.get("erased_on", 0))
        return waited < PATIENCE_SECONDS and _awaits(reader) in self.item

    def marked(self, *, is_root: bool = False, awaited: bool = False) -> Item:
        """Return the item of the line for a record that is being erased.

        Args:
            is_root: true if the erasure itself deletes the record's dependents.
            awaited: true if the record still exists, so that the stream will report its deletion.
        """
        now = int(time.time())
        return {
            **{name: value for name, value in self.item.items() if name not in {"pk", "sk"}},
            **(dict.fromkeys(map(_awaits, _READERS), True) if awaited else {}),
            **({"is_root": True} if is_root else {}),
            "erased_on": now,
            "expires_on": now + MARKED_SECONDS,
        }


def line_of(record: Record) -> Line:
    """Return the line to write when a record is deleted. Pure."""
    facts = {name: value for name in record.logged_ids if (value := getattr(record, name))}
    key = keys.deletion_log_line(record.organization_id, record.KIND, record.id, record.about)
    return Line(key, facts)


def blank(organization_id: str, kind: str, record_id: str) -> Line:
    """Return the line of a record of which only the id is known."""
    return Line(keys.deletion_log_line(organization_id, kind, record_id), {})


def write(old: Record) -> Line | None:
    """Log the deletion of a record; safe to repeat.

    Returns:
        The line of the record if it is marked.
    """
    line = line_of(old)
    written = SYSTEM.put_if(Path("erased_on").does_not_exist(), line.key, line.item)
    return None if written else marked(old)


def marked(old: Record) -> Line | None:
    """Return the line of a deleted record if it is marked."""
    line = line_of(old)
    item = SYSTEM.get(line.key)
    return Line(line.key, item) if item and "erased_on" in item else None


def note(line: Line, reader: str) -> None:
    """Record that a reader, `PROJECTIONS` or `RULES`, has processed the deletion.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted.
    """

    def step() -> None:
        transaction = Transaction()
        fields, there = [Path(_awaits(reader)).remove()], Path("erased_on").exists()
        transaction.update(line.key, fields, there, _DeletedLineError, SYSTEM)
        with suppress(_DeletedLineError):
            transaction.commit()

    retry_on_conflict(step)


class _DeletedLineError(Exception):
    """The line is deleted."""


def mark(lines: Iterable[Line], *, awaited: bool) -> None:
    """Mark lines; safe to repeat, also after the stream has delivered the deletions."""
    items = [{**one.key._asdict(), **one.marked(awaited=awaited)} for one in lines]
    SYSTEM.batch_write(items, [])


def unmark(line: Line) -> None:
    """Remove the mark of a record that is not deleted."""
    SYSTEM.delete(line.key)


def find(organization_id: str, kind: str, record_id: str) -> Line | None:
    """Return the line of a record without a parent or target; None if it is not deleted."""
    key = keys.deletion_log_line(organization_id, kind, record_id)
    item = SYSTEM.get(key)
    return Line(key, item) if item else None


def find_many(wanted: Iterable[Key]) -> dict[Key, Line]:
    """Return the lines that exist among the keys."""
    found = SYSTEM.batch_get(wanted)
    return {key: Line(key, item) for key, item in found.items()}


def about(
    organization_id: str, kind: str, target: RecordRef, start: str | None, limit: int = PAGE
) -> list[Line]:
    """Return a page of the deleted records of a kind that were about another record.

    Args:
        organization_id: the organization's id.
        kind: the kind of the deleted records.
        target: the record that they were about.
        start: id of the record after which the page starts.
        limit: maximum number of lines.
    """
    first = keys.deletion_log_line(organization_id, kind, "", target)
    after = keys.deletion_log_line(organization_id, kind, start, target) if start else None
    items = SYSTEM.query(first.pk, (first.sk, first.sk + HIGHEST), limit, start=after)
    return [Line(Key(item["pk"], item["sk"]), item) for item in items]


def deleted_ids(organization_id: str, kind: str) -> Iterator[str]:
    """Yield the ids of all deleted records of a kind."""
    pk = keys.deletion_log_line(organization_id, kind, "").pk
    for items in SYSTEM.pages(pk, (LOWEST, HIGHEST), PAGE):
        yield from (Line(key, {}).record_id for key in map(_key, items))


_READERS = (PROJECTIONS, RULES)


def _awaits(reader: str) -> str:
    return f"awaits_{reader}"


def _key(item: Item) -> Key:
    return Key(item["pk"], item["sk"])
