"""Rules that wait for a date: found by the clock, in the lists that records are in by their dates.

A rule has been looked after up to some moment; what has come due since is found in one range of
one list, however many records there are. Whoever dies on the way begins at the same moment again,
and finds the executions that have begun.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from crm import clock, ids
from crm.automation import engine, records
from crm.documents.schemas import status_list
from crm.documents.service import Document
from crm.owned.records import OwnedRecord, all_list, date_list
from crm.sharing import SharedRecord
from crm.store import keys
from crm.store.codec import Item
from crm.store.keys import Key
from crm.store.lists import HIGHEST, LOWEST
from crm.store.parallel import together
from crm.store.reading import read, read_many, record_ids_of
from crm.store.table import BOOKKEEPING, RECORDS
from crm.workflows import catalogue
from crm.workflows.schemas import WorkflowRule

BATCH = 100
CREATED_ON = "created_on"


@dataclass(frozen=True)
class Window:
    """The moments that have not been looked at: after the first, up to the second.

    Attributes:
        after: not included.
        until: included.
    """

    after: datetime
    until: datetime

    def between_times(self) -> tuple[str, str]:
        """Positions in a list by date.

        A day sorts before the times of the day, as midnight does; all positions of one moment go
        on with `#`, which `$` follows.
        """
        return f"{clock.timestamp(self.after)}$", f"{clock.timestamp(self.until)}$"

    def between_ids(self) -> tuple[str, str]:
        """The ids made in between."""
        tick = timedelta(milliseconds=1)
        return ids.first_id(self.after + tick), ids.first_id(self.until + tick)


def look_after(until: float) -> bool:
    """Run all rules whose dates have come.

    Args:
        until: `time.monotonic()` at which to stop.

    Returns:
        Whether all of them were looked at.
    """
    now = clock.now()
    for waiting in _waiting():
        if time.monotonic() > until:
            return False
        organization_id, _, rule_id = waiting["sk"].partition("#")
        key = keys.waited(organization_id, rule_id)
        rule, done = together(
            partial(read, WorkflowRule, organization_id, rule_id), partial(BOOKKEEPING.get, key)
        )
        if rule is not None and rule.waits:
            _look_after_one(rule, waiting["since"], done, now)
    return True


def _look_after_one(rule: WorkflowRule, since: str, done: Item | None, now: datetime) -> None:
    """Run one rule for what has come due; what was due before the rule was active is past.

    Args:
        rule: waits for dates.
        since: when it was made to wait.
        done: up to when it has been looked after; None if it never was.
        now: up to when it is looked after.
    """
    after = max(since, done["until"]) if done else since
    for reached in _due(rule, clock.moment(after), now):
        engine.reach(rule, reached, now)
    BOOKKEEPING.put(keys.waited(rule.organization_id, rule.id), {"until": clock.timestamp(now)})


def _due(
    rule: WorkflowRule, after: datetime, now: datetime
) -> Iterator[list[tuple[SharedRecord, str]]]:
    """The records whose date has come, each with the date, so many at once."""
    offset = timedelta()
    if rule.trigger.offset is not None:
        offset = timedelta(days=rule.trigger.offset.days or 0, hours=rule.trigger.offset.hours or 0)
    kind, field = records.KINDS[rule.record_type], rule.trigger.field or CREATED_ON
    window = Window(after - offset, now - offset)
    for name, between in _lists(kind, field, window):
        pk = keys.entry(rule.organization_id, kind.KIND, name, LOWEST).pk
        for entries in _batches(pk, between):
            found = read_many(kind, rule.organization_id, record_ids_of(entries))
            yield [(record, str(catalogue.values(record).get(field))) for record in found.values()]


def _lists(
    kind: type[SharedRecord], field: str, window: Window
) -> Iterator[tuple[str, tuple[str, str]]]:
    """The lists that hold records by a date, and what of them is in a window."""
    if field != CREATED_ON:
        yield date_list(field), window.between_times()
    elif issubclass(kind, OwnedRecord):
        yield from ((all_list(tile), window.between_ids()) for tile in kind.tiles)
    elif issubclass(kind, Document):
        yield from (
            (status_list(status), window.between_ids()) for status in ("active", "inactive")
        )


def _batches(pk: str, between: tuple[str, str]) -> Iterator[list[Item]]:
    lowest, highest = between
    start: Key | None = None
    while lowest <= highest:
        entries = RECORDS.query(pk, (lowest, highest), BATCH, start=start)
        if entries:
            yield entries
        if len(entries) < BATCH:
            return
        start = Key(pk, entries[-1]["sk"])


def _waiting() -> Iterator[Item]:
    """All rules of all organizations that wait for dates."""
    for entries in _batches(keys.waiting("", "").pk, (LOWEST, HIGHEST)):
        yield from entries
