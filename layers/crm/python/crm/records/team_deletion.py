"""The deletion of a team, and of its access to records."""

import time
from collections.abc import Sequence
from functools import partial

from crm.platform.dynamodb.lists import ReadBudget, take
from crm.platform.dynamodb.parallel import all_of, in_parallel
from crm.platform.dynamodb.queries import read, record_ids_of, record_list
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.platform.errors import UnavailableError
from crm.records.registry import SHARED_KINDS
from crm.records.shared_record import SharedRecord
from crm.tenancy.permissions import Caller
from crm.tenancy.teams import service as teams
from crm.tenancy.teams.schemas import TeamAnswer

BATCH = 100
REQUEST_SECONDS = 15.0
SWEEP_SECONDS = 30.0


def delete(caller: Caller, old: TeamAnswer) -> None:
    """Delete a team: its members leave it, and lose the access that it gave them.

    The team is removed from records before the answer, as far as a request has time; the stream
    removes it from the rest.

    Raises:
        PermissionDeniedError: The caller is no admin.
        StaleReadError: The team was changed since it was read.
    """
    teams.delete(caller, old)
    _delete_access(caller.organization_id, old.id, caller.user_id, REQUEST_SECONDS)


def delete_access(organization_id: str, team_id: str, by: str) -> None:
    """Remove a deleted team from the records that are still shared with it; safe to repeat.

    Raises:
        UnavailableError: More records are left than there is time for.
    """
    if not _delete_access(organization_id, team_id, by, SWEEP_SECONDS):
        raise UnavailableError("There is more to take back from a deleted team.")


def _delete_access(organization_id: str, team_id: str, by: str, seconds: float) -> bool:
    """Remove a deleted team from every `shared_with`; safe to repeat, and to interrupt.

    A record of the first kind may be converted to some of the others, with its teams: those are
    processed when none of the first is left.

    Returns:
        True if the team is removed from all records.
    """
    until = time.monotonic() + seconds
    first, *others = SHARED_KINDS.values()
    return all(
        _delete_access_to_kinds(some, organization_id, team_id, by, until)
        for some in ([first], others)
    )


def _delete_access_to_kinds(
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
            partial(_delete_access_to_record, kind, organization_id, record_id, team_id, by)
            for (kind, _), ids in shared
            for record_id in ids
        ]
        if works:
            all_of(works)
    return not lists


def _delete_access_to_record(
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
