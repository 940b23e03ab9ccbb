"""Deletion of the executions of a record: their actions contain its texts and values.

A repeated stream record must find that it has been handled, or its rules would run again. So the
marker of an execution is kept, without its actions, for longer than a repetition can occur.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.queries import record_id_of
from crm.platform.dynamodb.table import SYSTEM
from crm.webhooks import deliveries
from crm.workflows.engine import executions, schedules
from crm.workflows.engine.executions import Execution

PAGE = 25
"""Executions read at a time; one may have hundreds of kilobytes."""

MARKER_SECONDS = 30 * 24 * 3600
"""Longer than the stream, or its dead-letter queue, can redeliver a change."""

ERASED = "erased"


def delete(organization_id: str, record: RecordRef, *, for_good: bool) -> Counter[str]:
    """Delete the executions of a record and their deliveries; safe to repeat.

    Args:
        organization_id: the owner of the record.
        record: kind and id of a record that is deleted, or being deleted.
        for_good: delete the markers too: no rules run any more for the owner of the record.

    Returns:
        The numbers of `executions` and of their `deliveries`.
    """
    counts: Counter[str] = Counter()
    for entries in _pages(organization_id, record):
        found = executions.find_many(organization_id, map(record_id_of, entries))
        for entry in entries:
            execution = found.get(record_id_of(entry))
            if execution is not None:
                counts["deliveries"] += _delete_effects(execution)
                _delete(execution, str(entry["sk"]), for_good=for_good)
                counts["executions"] += 1
        SYSTEM.batch_write([], [Key(entry["pk"], entry["sk"]) for entry in entries])
    return counts


def activities_made(organization_id: str, record: RecordRef) -> list[str]:
    """Return the ids of activities that rules created because of a record, unless deleted here."""
    pk = executions.of_record_pk(organization_id, record)
    made: list[str] = []
    for entries in SYSTEM.pages(pk, (LOWEST, HIGHEST), PAGE):
        for execution in executions.find_many(organization_id, map(record_id_of, entries)).values():
            results = [action.result or {} for action in execution.actions]
            made += [one["activity_id"] for one in results if "activity_id" in one]
    return made


def _pages(organization_id: str, record: RecordRef) -> Iterator[Sequence[Item]]:
    """Yield the index items of a record's executions; the caller deletes each page."""
    pk = executions.of_record_pk(organization_id, record)
    while entries := SYSTEM.query(pk, (LOWEST, HIGHEST), PAGE):
        yield entries


def _delete_effects(execution: Execution) -> int:
    """Delete an execution's deliveries and schedules; return the number of deliveries."""
    deleted = 0
    for action in execution.actions:
        delivery_id = (action.result or {}).get("delivery_id")
        if delivery_id:
            deleted += deliveries.delete(execution.organization_id, delivery_id)
    call_off(execution)
    return deleted


def call_off(execution: Execution) -> None:
    """Delete the one-time schedules of an execution's delayed actions; safe to repeat."""
    for index, action in enumerate(execution.actions):
        if action.status == "scheduled":
            schedules.call_off(execution.id, index)


def _delete(execution: Execution, position: str, *, for_good: bool) -> None:
    organization_id = execution.organization_id
    key = keys.execution(organization_id, execution.id)
    SYSTEM.delete(keys.execution_entry(organization_id, f"RULE#{execution.rule_id}", position))
    if for_good:
        SYSTEM.delete(key)
        return
    marker = execution.after(
        status="cancelled" if execution.status == "scheduled" else execution.status,
        reason=ERASED,
        actions=[],
        plan=[],
        payload=None,
        conditions=None,
    )
    kept = {
        **marker.model_dump(exclude_none=True),
        "expires_on": int(time.time()) + MARKER_SECONDS,
    }
    if not SYSTEM.put_if(Path("step") == execution.step, key, kept):
        # A worker has taken a step concurrently: the new state is deleted instead.
        newer = executions.find(organization_id, execution.id)
        if newer is not None:
            _delete_effects(newer)
            _delete(newer, position, for_good=for_good)
