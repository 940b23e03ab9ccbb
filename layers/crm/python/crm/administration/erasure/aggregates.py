"""Erases the aggregates of a deleted organization: `generations.close` has ended their counting."""

from crm.administration.erasure import inventory
from crm.administration.erasure.batches import Deadline, delete_partition
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import SYSTEM
from crm.sales.reports.aggregates import counters, generations, names

MOST_NAMES = 100_000
"""Aggregates of a generation: two for each pipeline and user, and one for each user."""


def erase(organization_id: str, deadline: Deadline, *, is_last: bool) -> None:
    """Erase all aggregates of an organization; safe to repeat.

    Args:
        organization_id: the deleted organization.
        deadline: the time to stop.
        is_last: whether to erase the names too, by which a later pass would find late rows.

    Raises:
        TimeIsUpError: The deadline has passed, and items are left.
    """
    erase_moves(organization_id, names.ALL, deadline)
    state = generations.read(organization_id)
    for generation in {state.current, state.building, state.retiring} - {None}:
        listed = keys.aggregate(organization_id, counters.names_of(str(generation)), "").pk
        for name in SYSTEM.query(listed, (LOWEST, HIGHEST), MOST_NAMES):
            deadline.check()
            of_name = generations.name_in(str(generation), str(name["sk"]))
            delete_partition(SYSTEM, keys.aggregate(organization_id, of_name, "").pk, deadline)
        if is_last:
            delete_partition(SYSTEM, listed, deadline)
    if is_last:
        generations.delete(organization_id)


def erase_moves(organization_id: str, group: str, deadline: Deadline) -> None:
    """Erase the velocity aggregates of deals: those of all deals, or of the deals of one user.

    Raises:
        TimeIsUpError: The deadline has passed, and items are left.
    """
    for pipeline_id in inventory.all_of(organization_id, inventory.PIPELINE):
        moves = names.velocity(pipeline_id, group)
        delete_partition(SYSTEM, keys.aggregate(organization_id, moves, "").pk, deadline)
