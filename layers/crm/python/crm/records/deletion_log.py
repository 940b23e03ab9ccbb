"""The log of deleted records, and the marks of an erasure on its lines.

`functions/stream/projections` writes a line for each deleted record: its id, and the ids that lead
to the data it left behind. The line holds no text of a user.

An erasure marks the line of a record before it deletes the record, or in the same transaction. It
waits until each reader of the stream has noted the end of the record on the line. The stream is in
order for each record: a repeated delivery ends with the deletion again, so the reader finds the
mark and deletes what it has just written.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.retries import until_done
from crm.platform.dynamodb.table import BOOKKEEPING
from crm.platform.dynamodb.transaction import Transaction

PROJECTIONS, RULES = "projections", "rules"
"""Who reads the stream."""

MARKED_SECONDS = 30 * 24 * 3600
"""Longer than the stream, or its dead-letter queue (14 days), can tell of a record."""

PATIENCE_SECONDS = 25 * 3600
"""How long a reader of the stream is waited for: DynamoDB keeps its records for a day."""

PAGE = 100

Target = tuple[str, str]
"""A record, by kind and id."""

_ABOUT: Mapping[str, Callable[[Any], Target | None]] = {
    "activity": lambda one: one.parent,
    "attachment": lambda one: one.target,
}

_FACTS: Mapping[str, Sequence[str]] = {
    "attachment": ("document_id",),
    "entity": ("merging_into", "merged_from"),
    "lead": ("contact_id", "deal_id"),
}


@dataclass(frozen=True)
class Line:
    """What the ledger says of a record.

    Attributes:
        key: the line's.
        item: what it holds: ids, and whether it is marked.
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
        """Whether what hangs on it is swept by whoever erases it."""
        return bool(self.item.get("is_root"))

    @property
    def is_awaited(self) -> bool:
        """Whether a reader of the stream has not come to its end yet, though it may."""
        return any(map(self.awaits, _READERS))

    def awaits(self, reader: str) -> bool:
        """Whether a reader of the stream, `PROJECTIONS` or `RULES`, is waited for."""
        waited = time.time() - int(self.item.get("erased_on", 0))
        return waited < PATIENCE_SECONDS and _awaits(reader) in self.item

    def marked(self, *, is_root: bool = False, awaited: bool = False) -> Item:
        """The line as it is written for a record that is being forgotten.

        Args:
            is_root: whether what hangs on it is left to whoever erases it.
            awaited: whether the record is still there, so that the stream will tell of its end.
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
    """The line of a record, as it is written when that goes. Pure."""
    about = _ABOUT.get(record.KIND, lambda _: None)(record)
    names = _FACTS.get(record.KIND, ())
    facts = {name: value for name in names if (value := getattr(record, name))}
    return Line(keys.gone(record.organization_id, record.KIND, record.id, about), facts)


def blank(organization_id: str, kind: str, record_id: str) -> Line:
    """The line of a record of which nothing is known but its id."""
    return Line(keys.gone(organization_id, kind, record_id), {})


def write(old: Record) -> Line | None:
    """Write down that a record is gone; safe to repeat.

    Returns:
        Its line, if that is marked.
    """
    line = line_of(old)
    written = BOOKKEEPING.put_if(Path("erased_on").does_not_exist(), line.key, line.item)
    return None if written else marked(old)


def marked(old: Record) -> Line | None:
    """The line of a record that is gone, if it is marked."""
    line = line_of(old)
    item = BOOKKEEPING.get(line.key)
    return Line(line.key, item) if item and "erased_on" in item else None


def note(line: Line, reader: str) -> None:
    """Write down that a reader of the stream, `PROJECTIONS` or `RULES`, has come to the end.

    Raises:
        UnavailableError: others were quicker each time.
    """

    def step() -> bool:
        transaction = Transaction()
        told, there = [Path(_awaits(reader)).remove()], Path("erased_on").exists()
        transaction.update(line.key, told, there, _ForgottenError, BOOKKEEPING)
        with suppress(_ForgottenError):
            transaction.commit()
        return False

    until_done(step)


class _ForgottenError(Exception):
    """The line is no more."""


def mark(lines: Iterable[Line], *, awaited: bool) -> None:
    """Mark lines; safe to repeat, and once the stream has told of their records."""
    items = [{**one.key._asdict(), **one.marked(awaited=awaited)} for one in lines]
    BOOKKEEPING.batch_write(items, [])


def unmark(line: Line) -> None:
    """Take the mark off a record that stays."""
    BOOKKEEPING.delete(line.key)


def find(organization_id: str, kind: str, record_id: str) -> Line | None:
    """The line of a record that was about nothing; None if it is not gone."""
    key = keys.gone(organization_id, kind, record_id)
    item = BOOKKEEPING.get(key)
    return Line(key, item) if item else None


def find_many(wanted: Iterable[Key]) -> dict[Key, Line]:
    """The lines that there are among the keys."""
    found = BOOKKEEPING.batch_get(wanted)
    return {key: Line(key, item) for key, item in found.items()}


def about(
    organization_id: str, kind: str, target: Target, start: str | None, limit: int = PAGE
) -> list[Line]:
    """Records of a kind that are gone and were about another one, a page of them.

    Args:
        organization_id: whose.
        kind: their kind.
        target: what they were about.
        start: begin after the record of this id.
        limit: how many at most.
    """
    first = keys.gone(organization_id, kind, "", target)
    after = keys.gone(organization_id, kind, start, target) if start else None
    items = BOOKKEEPING.query(first.pk, (first.sk, first.sk + HIGHEST), limit, start=after)
    return [Line(Key(item["pk"], item["sk"]), item) for item in items]


def gone(organization_id: str, kind: str) -> Iterator[str]:
    """The ids of all records of a kind that are gone."""
    pk = keys.gone(organization_id, kind, "").pk
    for items in BOOKKEEPING.pages(pk, (LOWEST, HIGHEST), PAGE):
        yield from (Line(key, {}).record_id for key in map(_key, items))


_READERS = (PROJECTIONS, RULES)


def _awaits(reader: str) -> str:
    return f"awaits_{reader}"


def _key(item: Item) -> Key:
    return Key(item["pk"], item["sk"])
