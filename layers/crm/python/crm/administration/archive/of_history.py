"""Lines of timeline events and of history. Pure."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from crm.platform.fields import Enumerated, Id, Input, Time
from crm.records.archive.lines import Line, MadeId, Person, Version, here
from crm.records.registry import RECORD_TYPES

Title = Annotated[str, Field(max_length=1000)]


class EventLine(Line):
    """A timeline event of a record that is not a record itself."""

    record_type: Literal["deal", "entity", "lead"]
    record_id: Id
    id: MadeId
    type: Literal["merge", "conversion"]
    by: Person
    title: Title
    data: Annotated[
        dict[Literal["from", "lead_id", "contact_id", "account_id", "deal_id"], Id | None],
        Field(max_length=5),
    ]

    @property
    def place(self) -> str:
        return f"{self.record_type}#{self.record_id}#{self.id}"


Value = str | Annotated[int, Field(ge=-(10**15), le=10**15)] | bool | list[str] | None


class ChangeLine(Input):
    """A change of one field."""

    field: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)?$", max_length=100)]
    old: Value = None
    new: Value = None

    @field_validator("old", "new")
    @classmethod
    def _who(cls, value: Any, info: ValidationInfo) -> Any:
        """Map the value of the owner field to this organization's user."""
        return here(value, info) if info.data.get("field") == "assigned_to" else value


class HistoryLine(Line):
    """One version of a record."""

    record_type: Annotated[str, Enumerated(*RECORD_TYPES)]
    record_id: Id
    version: Version
    at: Time
    by: Person
    action: Literal["created", "updated", "merged", "converted"]
    changes: Annotated[list[ChangeLine], Field(max_length=1000)]

    @property
    def place(self) -> str:
        return f"{self.record_type}#{self.record_id}#{self.version:010d}"
