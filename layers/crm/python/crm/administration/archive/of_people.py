"""Lines of an organization, its people and its teams. Pure."""

from typing import Annotated, Literal

from pydantic import Field

from crm.platform.fields import Currency, EmailAddress, Id, Name, PersonName, Text, Time, UserId
from crm.records.archive.lines import Line, Person, RecordLine
from crm.tenancy.members.service import MAX_TEAM_SIZE
from crm.tenancy.permissions import Role
from crm.tenancy.teams.schemas import Team


class ManifestLine(Line):
    """The manifest of the archive."""

    format: Literal["brook"]
    version: Literal[1]
    organization_id: Id
    sections: list[str]

    @property
    def place(self) -> str:
        return "-"


class PersonLine(Line):
    """A person who is a member. The id is that of the archive.

    If users come from another identity provider, the founder's address may be unknown.
    """

    id: UserId
    email: EmailAddress | Literal[""]
    first_name: PersonName
    last_name: PersonName

    @property
    def place(self) -> str:
        return self.id


class OrganizationLine(RecordLine):
    """The organization; its id is not restored."""

    name: Name
    default_currency: Currency


class MemberLine(Line):
    """A membership. The id is that of the archive."""

    id: UserId
    created_on: Time
    created_by: Person
    updated_on: Time
    updated_by: Person
    version: Annotated[int, Field(ge=1)]
    role: Role
    is_active: bool

    @property
    def place(self) -> str:
        return f"{self.created_on}#{self.id}"


class TeamLine(RecordLine):
    """A team, with its members."""

    RECORD = Team

    name: Name
    description: Text | None = None
    users: Annotated[list[Person], Field(max_length=MAX_TEAM_SIZE)] = []
