"""Who may see and change what. One place, pure.

A record with an owner is seen and changed by its owners, by members of the teams that it is shared
with, and by admins. A kind that grants less (a team may read a document, not change it) says
so by what it names as `viewing_teams` and `changing_teams`.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from crm.platform.errors import PermissionDeniedError

Role = Literal["member", "admin"]


@dataclass(frozen=True)
class Caller:
    """Who is asking, in which organization.

    Attributes:
        user_id: the token's `sub`.
        organization_id: the organization that the request names.
        role: the role in that organization; a super admin is admin in each.
        teams: the teams of that organization that the caller is in.
        membership: what was read to find that out, with the caller's names; None for a super
            admin who is no member.
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
    """A record that not everybody may see."""

    @property
    def owners(self) -> Collection[str]:
        """Users who see and change it."""

    @property
    def viewing_teams(self) -> Collection[str]:
        """Teams whose members see it."""

    @property
    def changing_teams(self) -> Collection[str]:
        """Teams whose members change it."""


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
    """Raises: PermissionDeniedError: the caller is no admin of the organization."""
    if not caller.is_admin:
        raise PermissionDeniedError("Only admins may do this.")
