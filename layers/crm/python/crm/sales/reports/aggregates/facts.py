"""What one step in a deal's life adds to the sums for good. Pure.

A state can be looked at again, and what it adds be taken back; that a deal went from one stage
to another on a certain day stays true, whatever becomes of it, and is told by no later state.
"""

from crm.platform import clock
from crm.sales.deals.schemas import Deal, StageHistoryEntry
from crm.sales.reports.aggregates import names
from crm.sales.reports.aggregates.contributions import DATE, Contribution, Numbers


def facts_of(old: Deal | None, new: Deal | None) -> Contribution:
    """What a version adds: that the deal came into a stage, and how long it was in the last one.

    Args:
        old: the deal before; None when the version made it.
        new: the deal after; None when it was deleted.
    """
    if new is None or (old is not None and old.stage_id == new.stage_id):
        return {}
    day = new.stage_entered_on[:DATE]
    rows: dict[str, Numbers] = {names.move_row(day, new.stage_id): {"entered": 1}}
    if old is not None:
        seconds = clock.seconds_between(old.stage_entered_on, new.stage_entered_on)
        rows[names.move_row(day, old.stage_id)] = _left(seconds)
    return _of_both(new, rows)


def facts_of_stay(deal: Deal, stay: StageHistoryEntry) -> Contribution:
    """What a stay that is over has added: that the deal came, and that it left.

    Nobody knows any more whose the deal was then: it counts as that of its present owner.
    """
    if stay.left_on is None:
        return {}
    came = names.move_row(stay.entered_on[:DATE], stay.stage_id)
    left = names.move_row(stay.left_on[:DATE], stay.stage_id)
    rows: dict[str, Numbers] = {came: {"entered": 1}}
    rows.setdefault(left, {}).update(_left(stay.seconds or 0))
    return _of_both(deal, rows)


def _left(seconds: int) -> Numbers:
    return {"left": 1, **({"seconds": seconds} if seconds else {})}


def _of_both(deal: Deal, rows: dict[str, Numbers]) -> Contribution:
    """Rows for all, and for the deal's owner."""
    return {
        (names.velocity(deal.pipeline_id, group), row): numbers
        for group in (names.ALL, names.of_user(deal.assigned_to))
        for row, numbers in rows.items()
    }
