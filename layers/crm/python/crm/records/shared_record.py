"""Records that are shared with teams, and the removal of a deleted team from them."""

import time
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from functools import partial

from crm.platform.dynamodb.lists import ReadBudget, take
from crm.platform.dynamodb.parallel import all_of, in_parallel
from crm.platform.dynamodb.queries import read, record_ids_of, record_list
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.transaction import StaleReadError, Transaction

BATCH = 100


class SharedRecord(Record):
    """A record with `shared_with`: team ids. Lists per team hold the records shared with it."""

    shared_with: list[str] = []

    @classmethod
    @abstractmethod
    def team_lists(cls, team_id: str) -> Sequence[str]:
        """Return the names of the lists that hold the records shared with a team."""


def withdraw(
    kinds: Iterable[type[SharedRecord]],
    organization_id: str,
    team_id: str,
    by: str,
    until: float,
) -> bool:
    """Remove a deleted team from every `shared_with`; safe to repeat, and to interrupt.

    Args:
        kinds: the record kinds that can be shared. A record of the first kind may be converted to
            some of the others, with its teams: those are processed when none of the first is left.
        organization_id: the team's organization.
        team_id: the team, already deleted, so that nothing new can be shared with it.
        by: the user who deleted it.
        until: `time.monotonic()` at which to stop.

    Returns:
        True if the team is removed from all records.
    """
    first, *others = kinds
    return all(
        _withdraw_kinds(some, organization_id, team_id, by, until) for some in ([first], others)
    )


def _withdraw_kinds(
    kinds: Sequence[type[SharedRecord]], organization_id: str, team_id: str, by: str, until: float
) -> bool:
    """Remove a team from the records of some kinds, in parallel."""
    lists = [(kind, name) for kind in kinds for name in kind.team_lists(team_id)]

    def some(listed: tuple[type[SharedRecord], str]) -> list[str]:
        kind, name = listed
        return record_ids_of(
            take(record_list(kind, organization_id, name, ReadBudget()), BATCH).entries
        )

    while lists and time.monotonic() < until:
        shared = list(zip(lists, in_parallel(some, lists), strict=True))
        lists = [one for one, ids in shared if ids]
        works = [
            partial(_withdraw_one, kind, organization_id, record_id, team_id, by)
            for (kind, _), ids in shared
            for record_id in ids
        ]
        if works:
            all_of(works)
    return not lists


def _withdraw_one(
    kind: type[SharedRecord], organization_id: str, record_id: str, team_id: str, by: str
) -> None:
    record = read(kind, organization_id, record_id)
    if record is None or team_id not in record.shared_with:
        return
    rest = [team for team in record.shared_with if team != team_id]
    transaction = Transaction()
    transaction.save(record.changed(by, shared_with=rest), record)
    try:
        transaction.commit()
    except StaleReadError:
        return  # a concurrent change may have removed it; if not, it is still in the list
