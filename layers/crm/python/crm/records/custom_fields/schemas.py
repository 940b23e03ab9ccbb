"""The definition of a custom field."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, StringConstraints

from crm.platform import ids
from crm.platform.dynamodb.record import Record
from crm.platform.fields import Enumerated, Input, Name, Output, PageQuery, Text
from crm.records.custom_fields.values import FieldType
from crm.records.registry import EXTENSIBLE_TYPES

RecordType = Annotated[str, Enumerated(*EXTENSIBLE_TYPES)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Choice = Annotated[Name, StringConstraints(max_length=100)]
Choices = Annotated[list[Choice], Field(max_length=250)]
"""Limits that keep a definition within one item, even with all choices as the default."""

LAST_PLACE = 1_000_000
DisplayOrder = Annotated[int, Field(ge=0, le=LAST_PLACE)]


class CustomFieldWrite(Input):
    """Body of POST and PUT. `display_order` left out: after all others of the record type."""

    record_type: RecordType
    field_name: FieldName
    field_label: Name
    field_type: FieldType
    choices: Choices = []
    is_required: bool = False
    default_value: Any = None
    help_text: Text | None = None
    display_order: DisplayOrder | None = None


class CustomFieldQuery(PageQuery):
    """Filters of the list of definitions."""

    record_type: RecordType | None = None


class Definition(Output):
    """The attributes of a definition that values depend on; index items hold copies of them.

    Attributes:
        default_value: in the form in which values of its type are stored.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    field_name: str
    field_label: str = ""
    field_type: FieldType
    choices: list[str] = []
    is_required: bool = False
    default_value: Any = None
    display_order: int = 0


class CustomField(Definition, Record):
    """A custom field, as an organization's admins define it."""

    KIND: ClassVar[str] = "custom_field"
    entry_attributes: ClassVar[tuple[str, ...]] = tuple(Definition.model_fields)

    record_type: RecordType
    field_label: str
    help_text: str | None = None

    def index_entries(self) -> Mapping[str, str]:
        return {"all": self.id, record_type_list(self.record_type): self._place}

    def unique_constraints(self) -> Mapping[str, str]:
        return {"field_name": f"{self.record_type}#{self.field_name}"}

    @property
    def _place(self) -> str:
        """The inverted display order: lists run in descending order, and the first comes first."""
        order = f"{LAST_PLACE - self.display_order:07d}"
        return f"{order}#{ids.inverse(self.id)}#{self.id}"


def record_type_list(record_type: str) -> str:
    """Definitions of a record type, by display order, then oldest first."""
    return f"type#{record_type}"
