"""A member: a user in one organization, with the name used there."""

from collections.abc import Mapping
from typing import ClassVar

from crm.platform.dynamodb.record import Record
from crm.platform.fields import EmailAddress, Input, Name, PersonName, UserId
from crm.tenancy.permissions import Role


class MemberCreate(Input):
    """Body of `POST /api/members`.

    Attributes:
        id: the user's `sub`, where users come from another identity provider than the
            deployment's own user pool; nowhere else.
    """

    id: UserId | None = None
    email: EmailAddress
    first_name: Name
    last_name: Name
    role: Role = "member"


class MemberReplace(Input):
    """The fields that a PATCH of a member may change."""

    first_name: PersonName
    last_name: PersonName
    role: Role
    is_active: bool


class Member(Record):
    """A user in one organization. Its id is the user's.

    Attributes:
        teams: the teams that they are in; the users of a team are read from its list of members.
        is_removed: true for a former member, kept because records still show the name.
    """

    KIND: ClassVar[str] = "member"
    private: ClassVar[frozenset[str]] = Record.private | {"is_removed"}

    email: str
    first_name: str
    last_name: str
    role: Role
    is_active: bool = True
    teams: list[str] = []
    is_removed: bool = False

    @property
    def may_enter(self) -> bool:
        return self.is_active and not self.is_removed

    @property
    def is_active_admin(self) -> bool:
        return self.may_enter and self.role == "admin"

    def index_entries(self) -> Mapping[str, str]:
        if self.is_removed:
            return {FORMER_LIST: self.id}
        return {
            ALL_LIST: f"{self.created_on}#{self.id}",
            **{team_list(team_id): self.id for team_id in self.teams},
        }

    def unique_constraints(self) -> Mapping[str, str]:
        """The email address, as long as the user is a member.

        A user pool distinguishes users by it. Its promise never to create two users for one
        address, in concurrent requests or in different case, is not relied upon.
        """
        return {"email": self.email.casefold()} if self.email and not self.is_removed else {}


ALL_LIST = "all"

FORMER_LIST = "former"
"""Former members: an erasure has to find their data."""


def team_list(team_id: str) -> str:
    """Members of a team."""
    return f"team#{team_id}"
