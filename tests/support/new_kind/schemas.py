"""Tickets."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field, StringConstraints

from crm.platform.dynamodb.keys import RecordRef
from crm.platform.fields import Date, Id, Ids, Input, Name, PageQuery, UserId
from crm.records.owned_record import OwnedRecord, entity_list, entity_reference

Level = Literal["first", "second"]


class TicketWrite(Input):
    """Body of POST and PUT."""

    title: Name
    level: Level = "first"
    due_date: Date | None = None
    entity_id: Id | None = None
    assigned_to: UserId | None = None
    shared_with: Annotated[Ids, Field(max_length=20, default_factory=list)]
    custom_fields: dict[str, Any] | None = None


class TicketQuery(PageQuery):
    """Filters of the list of tickets."""

    level: Level | None = None
    assigned_to: UserId | None = None
    entity_id: Id | None = None
    name: Annotated[str | None, StringConstraints(max_length=255)] = None


class Ticket(OwnedRecord):
    """A request to the support desk."""

    KIND: ClassVar[str] = "ticket"
    BODY: ClassVar[type[BaseModel]] = TicketWrite
    QUERY: ClassVar[type[PageQuery]] = TicketQuery
    list_partitions: ClassVar[tuple[str, ...]] = ("all",)

    title: str
    level: Level = "first"
    due_date: str | None = None
    entity_id: str | None = None

    @property
    def list_partition(self) -> str:
        return "all"

    def index_names(self) -> Iterable[str]:
        yield level_list(self.level)
        if self.entity_id:
            yield entity_list(self.entity_id)

    def dates(self) -> Mapping[str, str | None]:
        return {"due_date": self.due_date}

    def references(self) -> Mapping[str, RecordRef]:
        return entity_reference(self.entity_id)

    def searched_text(self) -> str:
        return self.title


def level_list(level: Level) -> str:
    """Return the index name of the tickets of a level."""
    return f"level#{level}"
