"""A team."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from crm.platform.dynamodb.record import Record
from crm.platform.fields import Input, Name, Text, UserIds, same_name
from crm.tenancy.members.service import MAX_TEAM_SIZE

Users = Annotated[UserIds, Field(max_length=MAX_TEAM_SIZE)]


class TeamCreate(Input):
    """Body of POST and PUT. `users`: user ids of active members."""

    name: Name
    description: Text | None = None
    users: Users = []


class Team(Record):
    """A team. Its users are stored in their member records, which each request reads."""

    KIND: ClassVar[str] = "team"

    name: str
    description: str | None = None

    def index_entries(self) -> Mapping[str, str]:
        return {"all": self.id}

    def unique_constraints(self) -> Mapping[str, str]:
        return {"name": same_name(self.name)}


class TeamAnswer(Team):
    """A team with its users."""

    users: list[str]
