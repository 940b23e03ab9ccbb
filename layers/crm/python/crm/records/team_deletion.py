"""The deletion of a team, and of its access to records."""

import time

from crm.platform.errors import UnavailableError
from crm.records import shared_record
from crm.records.registry import SHARED_KINDS
from crm.tenancy.permissions import Caller
from crm.tenancy.teams import service as teams
from crm.tenancy.teams.schemas import TeamAnswer

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
    _withdraw(caller.organization_id, old.id, caller.user_id, REQUEST_SECONDS)


def sweep(organization_id: str, team_id: str, by: str) -> None:
    """Remove a deleted team from the records that are still shared with it; safe to repeat.

    Raises:
        UnavailableError: More records are left than there is time for.
    """
    if not _withdraw(organization_id, team_id, by, SWEEP_SECONDS):
        raise UnavailableError("There is more to take back from a deleted team.")


def _withdraw(organization_id: str, team_id: str, by: str, seconds: float) -> bool:
    until = time.monotonic() + seconds
    return shared_record.withdraw(SHARED_KINDS.values(), organization_id, team_id, by, until)
