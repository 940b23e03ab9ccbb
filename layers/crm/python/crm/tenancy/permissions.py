"""Permissions to see and change records, all in this module. Pure.

A record with an owner is seen and changed by its owners, by members of the teams that it is shared
with, and by admins. A kind that grants less (a team may read a document, not change it) restricts
its `viewing_teams` and `changing_teams`.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from crm.platform.errors import PermissionDeniedError

Role = Literal["member", "admin"]


@dataclass(frozen=True)
class Caller:
    """The user of a request, in one organization.

    Attributes:
        user_id: the token's `sub`.
        organization_id: the organization that the request names.
        role: the role in that organization; a super admin is admin in each.
        teams: the user's teams in that organization.
        membership: the member record that role and teams are read from, with the user's names;
            None for a super admin who is no member.
    """

    user_id: str
    organization_id: str
    role: Role
    teams: frozenset[str] = frozenset()
    membership: Any = field(default=None, compare=False, repr=False)

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


class Shared(Protocol):
    """A record with restricted visibility."""

    @property
    def owners(self) -> Collection[str]:
        """Users who may see and change the record."""

    @property
    def viewing_teams(self) -> Collection[str]:
        """Teams whose members may see the record."""

    @property
    def changing_teams(self) -> Collection[str]:
        """Teams whose members may change the record."""


def may_see(caller: Caller, record: Shared) -> bool:
    return (
        caller.is_admin
        or caller.user_id in record.owners
        or not caller.teams.isdisjoint(record.viewing_teams)
    )


def may_change(caller: Caller, record: Shared) -> bool:
    return (
        caller.is_admin
        or caller.user_id in record.owners
        or not caller.teams.isdisjoint(record.changing_teams)
    )


def require_admin(caller: Caller) -> None:
    """Raises: PermissionDeniedError: The caller is no admin of the organization."""
    if not caller.is_admin:
        raise PermissionDeniedError("Only admins may do this.")
