"""The recount: builds a second generation of the aggregates beside the first, then replaces it.

It serves after a change of the counting rules, or a loss. Every step can be repeated and
interrupted, and concurrent recounts share the work. The new generation is exact although records
change concurrently (`service` has the argument): the recount counts a record that is not written
from its beginning to its end; the stream counts a written one in both generations.
"""

import time
from collections.abc import Sequence
from typing import Any

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key, RecordAddress
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, ReadBudget, Union, take
from crm.platform.dynamodb.queries import find, read_many, record_ids_of, record_list
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.dynamodb.transaction import StaleReadError
from crm.records.owned_record import all_list
from crm.records.registry import OWNED_KINDS
from crm.related.activities.schemas import Activity
from crm.sales.deals.schemas import Deal
from crm.sales.reports.aggregates import counters, generations
from crm.sales.reports.aggregates.contributions import CONTRIBUTIONS
from crm.sales.reports.aggregates.counters import Step
from crm.sales.reports.aggregates.generations import State
from crm.tenancy.organizations.schemas import Organization

PAGE = 100
GRACE_SECONDS = 90
"""Longer than a request reads aggregates, and than a stream worker writes them: the timeouts of the
functions end both earlier."""

_KINDS = list(CONTRIBUTIONS)


def recount(organization_id: str, until: float) -> dict[str, Any]:
    """Begin or continue a recount.

    Args:
        organization_id: the organization.
        until: `time.monotonic()` at which to stop.

    Returns:
        `done`: whether the recount is finished; `deals` and `activities`: the number of records
        that it has counted so far.

    Raises:
        NotFoundError: The organization does not exist.
    """
    find(Organization, organization_id, organization_id)
    state = generations.read(organization_id)
    if state.kind is None:
        state = _begun(organization_id, state)
    while state.kind is not None and not state.gone and time.monotonic() < until:
        state = _step(organization_id, state, until)
    return {
        "done": state.kind is None,
        "deals": state.counted.get(Deal.KIND, 0),
        "activities": state.counted.get(Activity.KIND, 0),
    }


def _begun(organization_id: str, state: State) -> State:
    following = str(int(state.current) + 1)
    new = State(current=state.current, building=following, kind=_KINDS[0])
    return _saved(organization_id, state, new)


def _step(organization_id: str, state: State, until: float) -> State:
    if state.building is not None:
        return _build(organization_id, state, state.building)
    wait = min(state.retire_on - time.time(), until - time.monotonic())
    if wait > 0:
        time.sleep(wait)
        return state
    return _retire(organization_id, state, str(state.retiring))


def _build(organization_id: str, state: State, generation: str) -> State:
    """Count a page of records, each in its present state."""
    kind = OWNED_KINDS[str(state.kind)]
    record_ids, new = _page(organization_id, state)
    contribute = CONTRIBUTIONS[kind.KIND]
    steps = [
        Step(
            RecordAddress(organization_id, kind.KIND, record.id),
            record.version,
            contribute(record),
        )
        for record in read_many(kind, organization_id, record_ids).values()
    ]
    counters.count(steps, generation)
    met = state.counted.get(kind.KIND, 0) + len(record_ids)
    new = new.model_copy(update={"counted": {**state.counted, kind.KIND: met}})
    if new.kind is None:
        new = State(
            current=generation,
            retiring=state.current,
            retire_on=int(time.time()) + GRACE_SECONDS,
            kind=_KINDS[0],
            counted=new.counted,
        )
    return _saved(organization_id, state, new)


def _retire(organization_id: str, state: State, generation: str) -> State:
    """Delete a part of a generation: first its rows, then its markers of records.

    Its markers of deleted records expire.
    """
    if _delete_rows(organization_id, generation):
        return state
    record_ids, new = _page(organization_id, state)
    gone = [keys.summed(organization_id, str(state.kind), one, generation) for one in record_ids]
    SYSTEM.batch_write([], gone)
    return _saved(organization_id, state, new)


def _delete_rows(organization_id: str, generation: str) -> bool:
    """Delete a page of the rows of the first name; return False if no name is left."""
    place = counters.names_of(generation)
    listed = _keys(keys.aggregate(organization_id, place, ""), 1)
    for name in listed:
        rows = _keys(
            keys.aggregate(organization_id, generations.name_in(generation, name.sk), ""), PAGE
        )
        SYSTEM.batch_write([], rows or [name])
    return bool(listed)


def _keys(partition: Key, limit: int) -> Sequence[Key]:
    items = SYSTEM.query(partition.pk, (LOWEST, HIGHEST), limit)
    return [Key(item["pk"], item["sk"]) for item in items]


def _page(organization_id: str, state: State) -> tuple[list[str], State]:
    """Return a page of the records of a kind, and the state after it; no kind after the last."""
    kind = OWNED_KINDS[str(state.kind)]
    lists = [
        record_list(kind, organization_id, all_list(list_partition), ReadBudget())
        for list_partition in kind.list_partitions
    ]
    part = take(Union(lists), PAGE, start=state.position)
    left = _KINDS[_KINDS.index(kind.KIND) + 1 :]
    after = kind.KIND if part.next_position else next(iter(left), None)
    new = state.model_copy(update={"kind": after, "position": part.next_position})
    return record_ids_of(part.entries), new


def _saved(organization_id: str, old: State, new: State) -> State:
    """Return the state after a step, or that of a concurrent recount if it was written first."""
    try:
        return generations.save(organization_id, old, new)
    except StaleReadError:
        return generations.read(organization_id)
