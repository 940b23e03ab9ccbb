"""Sums: kept from the stream, read by boards and reports. They trail a write.

They are exact whatever the stream does: deliveries may come twice, late and in any order. A
generation of sums can be built anew beside the current one (`recounting`). That nothing is lost
or doubled between the two needs no lock:

- An event counts in every generation that there is, and is done only when a reading of the
  generations *after* its last count shows none that it has not counted in.
- So, if a version is the last of its record and its event was done without a generation, that
  generation began after this reading, and its walk reads the record later still: the walk finds
  this version and counts it. If it is a deletion, the walk finds nothing; the deletion is
  remembered in the older generation, and keeps stragglers out of all (`counting.count`).
- Whichever comes first, event or walk, the other finds the version counted.
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
    """Make the sums show what became of a record, if its kind is summed.

    Raises:
        UnavailableError: too many others are counting in the same rows; to be repeated.
    """
    step = step_of(old, new)
    follow_all([step] if step else [])


def step_of(old: Record | None, new: Record | None) -> Step | None:
    """What became of a record, as `follow_all` takes it; None if its kind is not summed. Pure."""
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
    """Make the sums show what became of many records of one organization, all together.

    Raises:
        UnavailableError: too many others are counting in the same rows; to be repeated.
    """
    if not steps:
        return
    done: set[str] = set()
    while missing := generations.read(steps[0].address.organization_id).kept - done:
        for generation in sorted(missing):
            counters.count(steps, generation, facts=not done)
            done.add(generation)


def restore_stay(deal: Deal, stay: StoredStageHistoryEntry) -> None:
    """Count a stay that is over, of a deal that comes from an archive; safe to repeat.

    The stream tells only of the stage that the deal is in.

    Raises:
        UnavailableError: too many others are counting in the same rows; to be repeated.
    """
    if stay.id != deal.stay_id:
        address = RecordAddress(deal.organization_id, deal.KIND, deal.id)
        counters.count_fact(address, f"stay#{stay.id}", facts_of_stay(deal, stay))


def generation(organization_id: str) -> str:
    """The generation to read the rows of states in."""
    return generations.read(organization_id).current


def states(
    organization_id: str, name: str, between: tuple[str, str], generation: str
) -> dict[str, Numbers]:
    """Sums of what records are now: row → numbers.

    Args:
        organization_id: whose.
        name: of `names`.
        between: the lowest and highest row.
        generation: the one that is current.
    """
    return _rows(organization_id, generations.name_in(generation, name), between)


def facts(organization_id: str, name: str, between: tuple[str, str]) -> dict[str, Numbers]:
    """Sums of what has happened: row → numbers."""
    return _rows(organization_id, name, between)


def totals(numbers: Numbers) -> dict[str, Any]:
    """What a row says of deals, as boards and reports answer it."""
    return {
        "count": numbers.get("count", 0),
        "amount": money.amounts(_by_currency(numbers, AMOUNT)),
        "weighted_amount": money.amounts(_by_currency(numbers, WEIGHTED)),
    }


def _rows(organization_id: str, name: str, between: tuple[str, str]) -> dict[str, Numbers]:
    pk = keys.sums(organization_id, name, "").pk
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
