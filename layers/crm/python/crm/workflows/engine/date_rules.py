"""Rules that wait for a date: found by the clock, in the lists that records are in by their dates.

A rule has been looked after up to some moment; what has come due since is found in one range of
one list, however many records there are. Whoever dies on the way begins at the same moment again,
and finds the executions that have begun.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from aws_lambda_powertools import Logger

from crm.platform import clock, ids, logging
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.parallel import together
from crm.platform.dynamodb.queries import read, read_many, record_ids_of
from crm.platform.dynamodb.table import RECORDS, SYSTEM
from crm.records.owned_record import OwnedRecord, all_list, date_list
from crm.records.shared_record import SharedRecord
from crm.related.documents.schemas import status_list
from crm.related.documents.service import Document
from crm.workflows.engine import records, runs
from crm.workflows.rules import catalogue
from crm.workflows.rules.schemas import WorkflowRule

BATCH = 100
CREATED_ON = "created_on"

Reached = tuple[SharedRecord, str]
"""A record, and its date that has come."""

logger = Logger(stream=sys.stderr)


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


class RulesFailedError(Exception):
    """Some rules could not be run for some records. All others were; the log says which."""


def look_after(until: float) -> bool:
    """Run all rules whose dates have come.

    Args:
        until: `time.monotonic()` at which to stop.

    Returns:
        Whether all of them were looked at.

    Raises:
        RulesFailedError: after the others have been run. Those begin at the same moment again.
    """
    now, is_whole, failures = clock.now(), True, 0
    for waiting in _waiting():
        if time.monotonic() > until:
            is_whole = False
            break
        organization_id, _, rule_id = waiting["sk"].partition("#")
        try:
            failures += _look_after_one(organization_id, rule_id, waiting["since"], now)
        except Exception as error:
            logger.error(
                "rule failed",
                organization_id=organization_id,
                rule_id=rule_id,
                **logging.failure(error),
            )
            failures += 1
    if failures:
        raise RulesFailedError
    return is_whole


def _look_after_one(organization_id: str, rule_id: str, since: str, now: datetime) -> int:
    """Run one rule for what has come due; what was due before the rule was active is past.

    Args:
        organization_id: whose.
        rule_id: the rule.
        since: when it was made to wait.
        now: up to when it is looked after.

    Returns:
        How many records it failed for.
    """
    key = keys.waited(organization_id, rule_id)
    rule, done = together(
        partial(read, WorkflowRule, organization_id, rule_id), partial(SYSTEM.get, key)
    )
    if rule is None or not rule.waits:
        return 0
    after = max(since, done["until"]) if done else since
    reached = _due(rule, clock.moment(after), now)
    failures = sum(_reach(rule, batch, now) for batch in reached)
    if not failures:
        SYSTEM.put(key, {"until": clock.timestamp(now)})
    return failures


def _reach(rule: WorkflowRule, reached: list[Reached], now: datetime) -> int:
    """Run a rule for records at once, and for each alone if that fails; how many it failed for."""
    try:
        runs.reach(rule, reached, now)
    except Exception as error:
        if len(reached) > 1:
            return sum(_reach(rule, [one], now) for one in reached)
        [(record, _)] = reached
        logger.error(
            "rule failed",
            organization_id=rule.organization_id,
            rule_id=rule.id,
            record=record.id,
            **logging.failure(error),
        )
        return 1
    return 0


def _due(rule: WorkflowRule, after: datetime, now: datetime) -> Iterator[list[Reached]]:
    """The records whose date has come, each with the date, so many at once."""
    offset = timedelta()
    if rule.trigger.offset is not None:
        offset = timedelta(days=rule.trigger.offset.days or 0, hours=rule.trigger.offset.hours or 0)
    kind, field = records.KINDS[rule.record_type], rule.trigger.field or CREATED_ON
    window = Window(after - offset, now - offset)
    for name, between in _lists(kind, field, window):
        pk = keys.index_item(rule.organization_id, kind.KIND, name, LOWEST).pk
        for entries in RECORDS.pages(pk, between, BATCH):
            found = read_many(kind, rule.organization_id, record_ids_of(entries))
            yield [(record, str(catalogue.values(record).get(field))) for record in found.values()]


def _lists(
    kind: type[SharedRecord], field: str, window: Window
) -> Iterator[tuple[str, tuple[str, str]]]:
    """The lists that hold records by a date, and what of them is in a window."""
    if field != CREATED_ON:
        yield date_list(field), window.between_times()
    elif issubclass(kind, OwnedRecord):
        yield from (
            (all_list(list_partition), window.between_ids())
            for list_partition in kind.list_partitions
        )
    elif issubclass(kind, Document):
        yield from (
            (status_list(status), window.between_ids()) for status in ("active", "inactive")
        )


def _waiting() -> Iterator[Item]:
    """All rules of all organizations that wait for dates."""
    for entries in RECORDS.pages(keys.waiting("", "").pk, (LOWEST, HIGHEST), BATCH):
        yield from entries
