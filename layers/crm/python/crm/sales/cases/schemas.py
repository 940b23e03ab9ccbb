"""Cases."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field, StringConstraints

from crm.platform.dynamodb.keys import RecordRef
from crm.platform.fields import Id, Ids, Input, Name, PageQuery, StoredTime, Text, UserId
from crm.records.owned_record import OwnedRecord, entity_list, entity_reference

CaseStatus = Literal["new", "assigned", "pending", "closed", "rejected", "duplicate"]
Priority = Literal["low", "normal", "high", "urgent"]
CaseType = Literal["question", "incident", "problem"]

CLOSING: frozenset[CaseStatus] = frozenset({"closed", "rejected", "duplicate"})
"""Statuses that close a case."""


class CaseWrite(Input):
    """Body of POST and PUT. `assigned_to` defaults to whoever makes the case."""

    name: Name
    status: CaseStatus = "new"
    priority: Priority = "normal"
    case_type: CaseType = "question"
    entity_id: Id | None = None
    description: Text | None = None
    assigned_to: UserId | None = None
    shared_with: Annotated[Ids, Field(max_length=20)] = []
    custom_fields: dict[str, Any] | None = None


class CaseQuery(PageQuery):
    """Filters of the list of cases."""

    status: CaseStatus | None = None
    priority: Priority | None = None
    case_type: CaseType | None = None
    assigned_to: UserId | None = None
    entity_id: Id | None = None
    name: Annotated[str | None, StringConstraints(max_length=255)] = None


class Case(OwnedRecord):
    """Something that a customer asks, or that went wrong for them.

    Attributes:
        entity_id: whose case it is; None if nobody knows.
        closed_on: when it came to a status that ends it; None while it has none of them.
    """

    KIND: ClassVar[str] = "case"
    BODY: ClassVar[type[BaseModel]] = CaseWrite
    QUERY: ClassVar[type[PageQuery]] = CaseQuery
    list_partitions: ClassVar[tuple[str, ...]] = ("all",)

    name: str
    status: CaseStatus = "new"
    priority: Priority = "normal"
    case_type: CaseType = "question"
    entity_id: str | None = None
    description: str | None = None
    closed_on: StoredTime | None = None

    @property
    def list_partition(self) -> str:
        """One partition for all: the status changes often, and would rewrite each list."""
        return "all"

    def index_names(self) -> Iterable[str]:
        yield facet("status", self.status)
        yield facet("priority", self.priority)
        yield facet("case_type", self.case_type)
        if self.entity_id:
            yield entity_list(self.entity_id)

    def references(self) -> Mapping[str, RecordRef]:
        return entity_reference(self.entity_id)

    def dates(self) -> Mapping[str, str | None]:
        return {"closed_on": self.closed_on}

    def searched_text(self) -> str:
        return self.name


def facet(field: str, value: str) -> str:
    """Return the index name of the cases with this value in this field."""
    return f"{field}#{value}"
