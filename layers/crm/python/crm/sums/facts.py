"""What one step in a deal's life adds to the sums for good. Pure.

A state can be looked at again, and what it adds be taken back; that a deal went from one stage
to another on a certain day stays true, whatever becomes of it, and is told by no later state.
"""

from crm import clock
from crm.deals.schemas import Deal
from crm.sums import names
from crm.sums.contributions import DATE, Contribution, Numbers


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
        stay = {"left": 1, **({"seconds": seconds} if seconds else {})}
        rows[names.move_row(day, old.stage_id)] = stay
    return {
        (names.velocity(new.pipeline_id, group), row): numbers
        for group in (names.ALL, names.of_user(new.assigned_to))
        for row, numbers in rows.items()
    }
