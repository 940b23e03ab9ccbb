"""The facts that one version of a deal adds to the aggregates permanently. Pure.

The contribution of a state can be computed again and reverted. A stage transition on a certain day
stays true whatever becomes of the deal, and no later state contains it.
"""

from crm.platform import clock
from crm.sales.deals.schemas import Deal, StageHistoryEntry
from crm.sales.reports.aggregates import names
from crm.sales.reports.aggregates.contributions import DATE, Contribution, Numbers


def facts_of(old: Deal | None, new: Deal | None) -> Contribution:
    """Return the facts of a version: the entry into a stage, and the time in the previous one.

    Args:
        old: the deal before; None for its first version.
        new: the deal after; None for its deletion.
    """
    if new is None or (old is not None and old.stage_id == new.stage_id):
        return {}
    day = new.stage_entered_on[:DATE]
    rows: dict[str, Numbers] = {names.move_row(day, new.stage_id): {"entered": 1}}
    if old is not None:
        seconds = clock.seconds_between(old.stage_entered_on, new.stage_entered_on)
        rows[names.move_row(day, old.stage_id)] = _left(seconds)
    return _of_both(new, rows)


def facts_of_stay(deal: Deal, entry: StageHistoryEntry) -> Contribution:
    """Return the facts of an ended stage history entry: the entry into the stage, and the exit.

    The owner at that time is not stored: the facts count for the present owner.
    """
    if entry.left_on is None:
        return {}
    came = names.move_row(entry.entered_on[:DATE], entry.stage_id)
    left = names.move_row(entry.left_on[:DATE], entry.stage_id)
    rows: dict[str, Numbers] = {came: {"entered": 1}}
    rows.setdefault(left, {}).update(_left(entry.seconds or 0))
    return _of_both(deal, rows)


def _left(seconds: int) -> Numbers:
    return {"left": 1, **({"seconds": seconds} if seconds else {})}


def _of_both(deal: Deal, rows: dict[str, Numbers]) -> Contribution:
    """Return the rows of the organization, and of the owner of the deal."""
    return {
        (names.velocity(deal.pipeline_id, group), row): numbers
        for group in (names.ALL, names.of_user(deal.assigned_to))
        for row, numbers in rows.items()
    }
