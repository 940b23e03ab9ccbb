"""The sums of an organization that is no more: nothing counts in them (`generations.close`)."""

from crm.administration.erasure import inventory
from crm.administration.erasure.batches import Deadline, wipe
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import BOOKKEEPING
from crm.sales.reports.aggregates import counters, generations, names

MOST_NAMES = 100_000
"""Names of the sums of a generation: two for each pipeline and user, and one for each user."""


def erase(organization_id: str, deadline: Deadline, *, is_last: bool) -> None:
    """Erase what is summed up of all that records are; safe to repeat.

    Args:
        organization_id: whose sums.
        deadline: when to stop.
        is_last: the names too, by which the next pass would find rows that came late.

    Raises:
        TimeIsUpError: there is more.
    """
    erase_moves(organization_id, names.ALL, deadline)
    state = generations.read(organization_id)
    for generation in {state.current, state.building, state.retiring} - {None}:
        listed = keys.sums(organization_id, counters.names_of(str(generation)), "").pk
        for name in BOOKKEEPING.query(listed, (LOWEST, HIGHEST), MOST_NAMES):
            deadline.check()
            of_name = generations.name_in(str(generation), str(name["sk"]))
            wipe(BOOKKEEPING, keys.sums(organization_id, of_name, "").pk, deadline)
        if is_last:
            wipe(BOOKKEEPING, listed, deadline)
    if is_last:
        generations.forget(organization_id)


def erase_moves(organization_id: str, group: str, deadline: Deadline) -> None:
    """Erase what is summed up of the moves of deals, of everybody's or one user's.

    Raises:
        TimeIsUpError: there is more.
    """
    for pipeline_id in inventory.all_of(organization_id, inventory.PIPELINE):
        moves = names.velocity(pipeline_id, group)
        wipe(BOOKKEEPING, keys.sums(organization_id, moves, "").pk, deadline)
