"""Aggregates: updated by the stream, read by boards and reports. They lag behind a write.

They are exact whatever the stream delivers: stream records may come twice, late and in any order.
A recount builds a second generation beside the current one (`recount`). Exactness across both
needs no lock:

- A change is counted in every existing generation. It is done only when a read of the generations
  *after* its last count shows none in which it is not counted.
- So, if a version is the last of its record and its change was done without a generation, that
  generation began after this read, and the recount reads the record later still: it finds this
  version and counts it. After a deletion, the recount finds no record; the marker of the deletion
  in the older generation keeps late versions out of all (`counters.count`).
- Whichever comes first, change or recount, the other finds the version counted.
"""

from collections.abc import Sequence
from typing import Any

from crm.platform import money
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import RecordAddress
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import SYSTEM
from crm.sales.deals.schemas import Deal, StoredStageHistoryEntry
from crm.sales.reports.aggregates import counters, generations
from crm.sales.reports.aggregates.contributions import AMOUNT, CONTRIBUTIONS, WEIGHTED, Numbers
from crm.sales.reports.aggregates.counters import Step
from crm.sales.reports.aggregates.facts import facts_of, facts_of_stay

MAX_ROWS = 20_000


def follow(old: Record | None, new: Record | None) -> None:
    """Update the aggregates for a change of a record, if its kind has aggregates.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted; the caller repeats.
    """
    step = step_of(old, new)
    follow_all([step] if step else [])


def step_of(old: Record | None, new: Record | None) -> Step | None:
    """Return the step of a change, for `follow_all`; None for a kind without aggregates. Pure."""
    record = new or old
    if record is None or record.KIND not in CONTRIBUTIONS:
        return None
    version = new.version if new else record.version + 1
    facts = {}
    if isinstance(record, Deal):
        before = old if isinstance(old, Deal) else None
        facts[str(version)] = facts_of(before, new if isinstance(new, Deal) else None)
    return Step(
        RecordAddress(record.organization_id, record.KIND, record.id),
        version,
        CONTRIBUTIONS[record.KIND](new) if new else {},
        facts,
    )


def follow_all(steps: Sequence[Step]) -> None:
    """Update the aggregates for changes of many records of one organization, together.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted; the caller repeats.
    """
    if not steps:
        return
    done: set[str] = set()
    while missing := generations.read(steps[0].address.organization_id).kept - done:
        for generation in sorted(missing):
            counters.count(steps, generation, facts=not done)
            done.add(generation)


def restore_stage_history(deal: Deal, entry: StoredStageHistoryEntry) -> None:
    """Count an ended stage history entry of a restored deal; safe to repeat.

    The stream delivers only the current stage of the deal.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted; the caller repeats.
    """
    if entry.id != deal.stay_id:
        address = RecordAddress(deal.organization_id, deal.KIND, deal.id)
        counters.count_fact(address, f"stay#{entry.id}", facts_of_stay(deal, entry))


def generation(organization_id: str) -> str:
    """Return the current generation, whose rows of states are read."""
    return generations.read(organization_id).current


def states(
    organization_id: str, name: str, between: tuple[str, str], generation: str
) -> dict[str, Numbers]:
    """Return aggregates of the present state of records: row → numbers.

    Args:
        organization_id: the organization.
        name: a name of `names`.
        between: the lowest and highest row.
        generation: the current generation.
    """
    return _rows(organization_id, generations.name_in(generation, name), between)


def facts(organization_id: str, name: str, between: tuple[str, str]) -> dict[str, Numbers]:
    """Return aggregates of facts: row → numbers."""
    return _rows(organization_id, name, between)


def totals(numbers: Numbers) -> dict[str, Any]:
    """Return the totals of a row of deals, in the form of boards and reports."""
    return {
        "count": numbers.get("count", 0),
        "amount": money.amounts(_by_currency(numbers, AMOUNT)),
        "weighted_amount": money.amounts(_by_currency(numbers, WEIGHTED)),
    }


def _rows(organization_id: str, name: str, between: tuple[str, str]) -> dict[str, Numbers]:
    pk = keys.aggregate(organization_id, name, "").pk
    items = SYSTEM.query(pk, between, MAX_ROWS, consistent=False)
    return {
        str(item["sk"]): {key: one for key, one in item.items() if isinstance(one, int)}
        for item in items
    }


def _by_currency(numbers: Numbers, prefix: str) -> Numbers:
    return {
        name.removeprefix(prefix): number
        for name, number in numbers.items()
        if name.startswith(prefix)
    }
