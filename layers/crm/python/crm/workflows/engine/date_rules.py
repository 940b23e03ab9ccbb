"""Rules triggered by dates: found by a periodic job, in the lists of records by date.

Each rule stores the time up to which it was run; the records that have come due since are one range
of one list, however many records exist. A run that died starts at the same time again, and finds
the executions that have begun.
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
from crm.records.registry import RECORD_KINDS
from crm.records.shared_record import SharedRecord
from crm.related.documents.schemas import Document, status_list
from crm.workflows.engine import runs
from crm.workflows.rules import catalogue
from crm.workflows.rules.schemas import WorkflowRule

BATCH = 100
CREATED_ON = "created_on"

Reached = tuple[SharedRecord, str]
"""A record, and its date that is reached."""

logger = Logger(stream=sys.stderr)


@dataclass(frozen=True)
class Window:
    """The interval of time that a rule has not been run for.

    Attributes:
        after: the start, exclusive.
        until: the end, inclusive.
    """

    after: datetime
    until: datetime

    def between_times(self) -> tuple[str, str]:
        """Return the range of sort keys in a list by date.

        A day sorts before the times of the day, as midnight does; each sort key continues after its
        time with `#`, which `$` follows.
        """
        return f"{clock.timestamp(self.after)}$", f"{clock.timestamp(self.until)}$"

    def between_ids(self) -> tuple[str, str]:
        """Return the range of ids created in the interval."""
        tick = timedelta(milliseconds=1)
        return ids.first_id(self.after + tick), ids.first_id(self.until + tick)


class RulesFailedError(Exception):
    """Some rules failed for some records. All others were run; the log names the failures."""


def look_after(until: float) -> bool:
    """Run all rules whose dates are reached.

    Args:
        until: `time.monotonic()` at which to stop.

    Returns:
        Whether all rules were processed.

    Raises:
        RulesFailedError: Some rules failed, and start at the same time again; all others were run.
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
    """Run a rule for records that have come due, but not for those due before it was active.

    Args:
        organization_id: the owner of the rule.
        rule_id: the rule's.
        since: when the rule was activated.
        now: the end of the interval, inclusive.

    Returns:
        The number of records that the rule failed for.
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
    """Run a rule for records at once, or singly if that fails; return the number of failures."""
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
    """Yield the records whose date is reached, each with the date, in batches."""
    offset = timedelta()
    if rule.trigger.offset is not None:
        offset = timedelta(days=rule.trigger.offset.days or 0, hours=rule.trigger.offset.hours or 0)
    kind, field = RECORD_KINDS[rule.record_type], rule.trigger.field or CREATED_ON
    window = Window(after - offset, now - offset)
    for name, between in _lists(kind, field, window):
        pk = keys.index_item(rule.organization_id, kind.KIND, name, LOWEST).pk
        for entries in RECORDS.pages(pk, between, BATCH):
            found = read_many(kind, rule.organization_id, record_ids_of(entries))
            yield [(record, str(catalogue.values(record).get(field))) for record in found.values()]


def _lists(
    kind: type[SharedRecord], field: str, window: Window
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the lists of records by a date, each with its range of sort keys for a window."""
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
    """Yield the active date rules of all organizations."""
    for entries in RECORDS.pages(keys.waiting("", "").pk, (LOWEST, HIGHEST), BATCH):
        yield from entries
