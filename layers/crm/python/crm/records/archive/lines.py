"""Base models of the lines of an archive, which are untrusted input. Pure.

The owner of an archive may have edited it. A line is validated as strictly as a body of the API,
with the same limits; ids are UUIDs, so that a line cannot inject anything into a key; a line
cannot name the organization of a record.
"""

from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, ValidationInfo

from crm.platform import clock, ids
from crm.platform.dynamodb.record import Record
from crm.platform.errors import ValidationFailedError
from crm.platform.fields import Id, Ids, Input, Time, UserId
from crm.platform.json import canonical
from crm.records.custom_fields.definitions import MAX_BYTES
from crm.records.custom_fields.schemas import FieldName
from crm.records.custom_fields.values import FieldType, normal

MAX_VERSION = 1_000_000_000
CLOCKS_APART = timedelta(minutes=1)

PEOPLE = "people"
"""Key of the validation context: maps the archive's user ids to those of this organization."""


def here(user_id: Any, info: ValidationInfo) -> Any:
    """Return the id that a user of the archive has in this organization."""
    people: dict[Any, str] = (info.context or {}).get(PEOPLE, {})
    return people.get(user_id, user_id) if isinstance(user_id, str) else user_id


Person = Annotated[UserId, AfterValidator(here)]
"""Id of a user of the archive, mapped to this organization's; an unknown id stays."""


def _made(record_id: str) -> str:
    """Require an id that Brook has made: lists are sorted by id, and later dumps rely on it."""
    moment = ids.created_on(record_id)
    if moment is None or moment > clock.now() + CLOCKS_APART:
        raise ValueError("must be a UUIDv7 that is not of the future")
    return record_id


MadeId = Annotated[Id, AfterValidator(_made)]
"""Id of the subject of a line."""

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
    """Return a value as its type stores it; the former choices are unknown, so any is accepted."""
    [(field_type, value)] = typed.items()
    choices = value if isinstance(value, list) else [value]
    return normal(field_type, value, [one for one in choices if isinstance(one, str)])


CustomFields = Annotated[dict[FieldName, dict[FieldType, Any]], AfterValidator(_custom_fields)]
"""Custom fields as a record stores them: name → {type: value}."""


class Line(Input):
    """A line of an archive."""

    @property
    def place(self) -> str:
        """The unique sort key of the line in its section."""
        raise NotImplementedError


class RecordLine(Line):
    """A record.

    Class attributes:
        RECORD: the model of the record.
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
        """Return the stored fields of the record, except its organization."""
        return self.model_dump()

    def record(self, organization_id: str) -> Any:
        """Return the record in an organization.

        Raises:
            ValidationFailedError: The line contradicts itself.
        """
        return self.RECORD(**{**self.fields(organization_id), "organization_id": organization_id})


class OwnedLine(RecordLine):
    """A record with an owner. Its types of owner and custom fields are narrower than bodies'."""

    assigned_to: Person
    shared_with: Annotated[Ids, Field(max_length=20)] = []
    custom_fields: CustomFields = {}


def require_together(field: str, is_due: bool, value: str | None) -> None:
    """Require that a field has a value if its status is due, and none otherwise.

    Raises:
        ValidationFailedError: The value is not allowed for the status, or is missing.
    """
    if is_due != (value is not None):
        message = "is required for this status" if is_due else "does not go with this status"
        raise ValidationFailedError.of(field, message)
