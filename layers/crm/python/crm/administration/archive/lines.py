"""What any line of an archive is read by: nothing in it is taken on trust. Pure.

Whoever holds an archive may have written into it. A line is read as strictly as a body of the
API, with the same limits; ids are UUIDs, so that nothing in a key is what a line says; whose
record it is, it cannot say.
"""

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from crm.platform import clock, ids
from crm.platform.dynamodb.record import Record
from crm.platform.fields import Id, Ids, Input, Time, UserId
from crm.platform.json import canonical
from crm.records.custom_fields.definitions import MAX_BYTES
from crm.records.custom_fields.schemas import FieldName
from crm.records.custom_fields.values import FieldType, normal

MAX_VERSION = 1_000_000_000
CLOCKS_APART = timedelta(minutes=1)

PEOPLE = "people"
"""The name, in the context of a reading, of who the archive's people are here: id → id."""


def here(user_id: Any, info: ValidationInfo) -> Any:
    """Who a user of the archive is here."""
    people: dict[Any, str] = (info.context or {}).get(PEOPLE, {})
    return people.get(user_id, user_id) if isinstance(user_id, str) else user_id


Person = Annotated[UserId, AfterValidator(here)]
"""A user of the archive, read as the user that this is here; one that nobody knows stays."""


def _made(record_id: str) -> str:
    """An id that Brook has made: lists are in the order of ids, and later dumps go by it."""
    moment = ids.created_on(record_id)
    if moment is None or moment > clock.now() + CLOCKS_APART:
        raise ValueError("must be a UUIDv7 that is not of the future")
    return record_id


MadeId = Annotated[Id, AfterValidator(_made)]
"""The id of what a line is about."""

Version = Annotated[int, Field(ge=1, le=MAX_VERSION)]


def _custom_fields(stored: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    kept = {name: {_one(typed): _normal(typed)} for name, typed in stored.items()}
    if len(canonical(kept)) > MAX_BYTES:
        raise ValueError(f"must not hold more than {MAX_BYTES:,} bytes in all")
    return kept


def _one(typed: dict[Any, Any]) -> Any:
    if len(typed) != 1:
        raise ValueError("must hold one value for each name, by its type")
    return next(iter(typed))


def _normal(typed: dict[Any, Any]) -> Any:
    """A value as its type stores it; which choices there were, nobody knows any more."""
    [(field_type, value)] = typed.items()
    choices = value if isinstance(value, list) else [value]
    return normal(field_type, value, [one for one in choices if isinstance(one, str)])


CustomFields = Annotated[dict[FieldName, dict[FieldType, Any]], AfterValidator(_custom_fields)]
"""Custom fields as a record stores them: name → {type: value}."""

OwnedType = Literal["activity", "case", "deal", "entity", "lead"]
HistoryType = Literal["activity", "case", "deal", "document", "entity", "lead"]


class Line(Input):
    """A line of an archive."""

    @property
    def place(self) -> str:
        """Where it stands: the lines of a section are in this order, each place there once."""
        raise NotImplementedError


class RecordLine(Line):
    """A record.

    Class attributes:
        RECORD: what it is here.
    """

    RECORD: ClassVar[type[Record]]

    id: MadeId
    created_on: Time
    created_by: Person
    updated_on: Time
    updated_by: Person
    version: Version

    @property
    def place(self) -> str:
        return self.id

    def fields(self, organization_id: str) -> dict[str, Any]:  # noqa: ARG002
        """What the record stores, its organization aside."""
        return self.model_dump()

    def record(self, organization_id: str) -> Any:
        """The record of an organization.

        Raises:
            ValidationFailedError: what the line says contradicts itself.
        """
        return self.RECORD(**{**self.fields(organization_id), "organization_id": organization_id})


class OwnedLine(RecordLine):
    """A record with an owner."""

    assigned_to: Person
    shared_with: Ids = []
    custom_fields: CustomFields = {}
