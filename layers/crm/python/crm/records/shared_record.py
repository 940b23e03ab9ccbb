"""Records that are shared with teams, and the end of it when a team goes."""

import time
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from functools import partial

from crm.platform.dynamodb.lists import Allowance, take
from crm.platform.dynamodb.parallel import all_of, in_parallel
from crm.platform.dynamodb.queries import read, record_ids_of, record_list
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.transaction import StaleReadError, Transaction

BATCH = 100


class SharedRecord(Record):
    """A record with `shared_with`: team ids. Each list of a team holds what is shared with it."""

    shared_with: list[str] = []

    @classmethod
    @abstractmethod
    def team_lists(cls, team_id: str) -> Sequence[str]:
        """The names of the lists that hold what is shared with a team."""


def withdraw(
    kinds: Iterable[type[SharedRecord]],
    organization_id: str,
    team_id: str,
    by: str,
    until: float,
) -> bool:
    """Take a deleted team out of every `shared_with`; safe to repeat, and to cut off.

    Args:
        kinds: the record kinds that can be shared. A record of the first may become some of the
            others, with its teams: those are looked for when none of the first is left.
        organization_id: the team's organization.
        team_id: the team, deleted, so that nothing new can be shared with it.
        by: who deleted it.
        until: `time.monotonic()` at which to stop.

    Returns:
        Whether all of it is done.
    """
    first, *others = kinds
    return all(
        _withdraw_kinds(some, organization_id, team_id, by, until) for some in ([first], others)
    )


def _withdraw_kinds(
    kinds: Sequence[type[SharedRecord]], organization_id: str, team_id: str, by: str, until: float
) -> bool:
    """Take a team out of the records of some kinds, side by side."""
    lists = [(kind, name) for kind in kinds for name in kind.team_lists(team_id)]

    def some(listed: tuple[type[SharedRecord], str]) -> list[str]:
        kind, name = listed
        return record_ids_of(
            take(record_list(kind, organization_id, name, Allowance()), BATCH).entries
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
        return  # whoever was quicker may have done it; if not, it is still in the list
