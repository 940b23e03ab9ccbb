"""The fields of each record type that rules can name, with their types and values. Pure.

`update_field` may set the fields that have a `form`, to the values that the form accepts: those
that a PATCH of the record accepts. The others are set by the server, or derived from other fields.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Protocol

from annotated_types import MaxLen
from pydantic import AfterValidator

from crm.platform.fields import (
    Currency,
    Date,
    EmailAddress,
    Id,
    Ids,
    Name,
    Number,
    Text,
    Time,
    UserId,
)
from crm.platform.money import MAX_WHOLE_DIGITS
from crm.workflows.rules.values import Type, Value, typed

CUSTOM = "custom_fields."
"""The prefix of the names of custom fields."""


@dataclass(frozen=True)
class Field:
    """A field of a record type.

    Attributes:
        type: the type of its values.
        form: the values that it may be set to, as a pydantic type; None if rules cannot set it.
        choices: the possible values of a field of choices.
        settable: the choices that it can be set to.
        required: whether it cannot be cleared.
    """

    type: Type
    form: Any = None
    choices: tuple[str, ...] = ()
    settable: tuple[str, ...] = ()
    required: bool = False


class Defined(Protocol):
    """The definition of a custom field."""

    @property
    def field_name(self) -> str: ...
    @property
    def field_type(self) -> str: ...
    @property
    def choices(self) -> list[str]: ...
    @property
    def is_required(self) -> bool: ...


class Recorded(Protocol):
    """A record of any kind."""

    @property
    def KIND(self) -> str: ...  # noqa: N802
    def item(self) -> dict[str, Any]: ...


def _possible(number: Decimal) -> Decimal:
    """Return a valid amount of any currency; the currency of the record limits its decimals."""
    if number < 0:
        raise ValueError("must not be negative")
    if number.adjusted() >= MAX_WHOLE_DIGITS:
        raise ValueError(f"must have at most {MAX_WHOLE_DIGITS} digits before the point")
    return number


def _text(form: Any = None, *, required: bool = False) -> Field:
    return Field("text", form, required=required)


def _choice(*choices: str, settable: tuple[str, ...] | None = None, required: bool = True) -> Field:
    may_become = choices if settable is None else settable
    return Field("choice", str if may_become else None, choices, may_become, required)


_NAME = _text(Name, required=True)
_TEXT = _text(Text)
_OWNER = Field("user", UserId, required=True)
_TEAMS = Field("ids", Annotated[Ids, MaxLen(20)], required=True)
_AMOUNT = Field("number", Annotated[Number, AfterValidator(_possible)])
_BOOLEAN = Field("boolean", bool, required=True)

_SERVER: Mapping[str, Field] = {
    "id": Field("id"),
    "created_on": Field("datetime"),
    "created_by": Field("user"),
    "updated_on": Field("datetime"),
    "updated_by": Field("user"),
    "version": Field("number"),
}

OWN: Mapping[str, Mapping[str, Field]] = {
    "entity": {
        **_SERVER,
        "type": _choice("contact", "organization", "account"),
        "name": _NAME,
        "legal_name": _text(Name),
        "status": _choice("active", "inactive"),
        "note": _TEXT,
        "assigned_to": _OWNER,
        "shared_with": _TEAMS,
    },
    "deal": {
        **_SERVER,
        "name": _NAME,
        "amount": _AMOUNT,
        "currency": _text(Currency, required=True),
        "entity_id": Field("id", Id, required=True),
        "pipeline_id": Field("id"),
        "stage_id": Field("id", Id, required=True),
        "status": _choice("open", "won", "lost", settable=()),
        "probability": Field("number"),
        "weighted_amount": Field("number"),
        "expected_close_date": Field("date", Date),
        "closed_on": Field("datetime"),
        "assigned_to": _OWNER,
        "shared_with": _TEAMS,
    },
    "activity": {
        **_SERVER,
        "type": _choice("task", "event", "email", "note", "call", settable=()),
        "subject": _NAME,
        "description": _TEXT,
        "related_to_type": _choice("entity", "deal", "lead", "case", settable=()),
        "related_to_id": Field("id"),
        "due_date": Field("date", Date),
        "is_completed": _BOOLEAN,
        "completed_on": Field("datetime"),
        "assigned_to": _OWNER,
        "priority": _choice("low", "medium", "high"),
        "status": _choice("not_started", "in_progress", "waiting", "completed"),
        "start_time": Field("datetime", Time, required=True),
        "end_time": Field("datetime", Time, required=True),
        "location": _text(Name),
        "from_address": _text(EmailAddress, required=True),
        "to_addresses": Field("texts"),
        "cc_addresses": Field("texts"),
        "body": _text(Text, required=True),
        "is_outbound": _BOOLEAN,
        "phone_number": _text(),
        "duration_seconds": Field("number"),
        "call_outcome": _text(Name),
    },
    "lead": {
        **_SERVER,
        "first_name": _text(Name),
        "last_name": _NAME,
        "organization_name": _text(Name),
        "email": _text(EmailAddress),
        "phone": _text(Name),
        "source": _text(Name),
        "status": _choice(
            "assigned",
            "in_process",
            "converted",
            "recycled",
            "closed",
            settable=("assigned", "in_process", "recycled", "closed"),
        ),
        "amount": _AMOUNT,
        "assigned_to": _OWNER,
        "shared_with": Field("ids", Annotated[Ids, MaxLen(15)], required=True),
        "converted_on": Field("datetime"),
        "contact_id": Field("id"),
        "account_id": Field("id"),
        "deal_id": Field("id"),
    },
    "case": {
        **_SERVER,
        "name": _NAME,
        "status": _choice("new", "assigned", "pending", "closed", "rejected", "duplicate"),
        "priority": _choice("low", "normal", "high", "urgent"),
        "case_type": _choice("question", "incident", "problem"),
        "entity_id": Field("id", Id),
        "description": _TEXT,
        "closed_on": Field("datetime"),
        "assigned_to": _OWNER,
        "shared_with": _TEAMS,
    },
    "document": {
        **_SERVER,
        "title": _NAME,
        "status": _choice("active", "inactive"),
        "shared_with": _TEAMS,
        "upload_status": _choice("pending", "available", "rejected", settable=()),
        "rejection_reason": _text(),
        "file_name": _text(),
        "content_type": _text(),
        "size": Field("number"),
        "sha256": _text(),
    },
}
"""The fields of each record type, except custom fields. A new record type is a new entry."""

_CUSTOM_TYPES: Mapping[str, Type] = {
    "text": "text",
    "number": "number",
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
    "choice": "choice",
    "multi_choice": "choices",
    "url": "text",
    "email": "text",
}


def fields(record_type: str, defined: Iterable[Defined] = ()) -> dict[str, Field]:
    """Return all fields of a record type.

    Args:
        record_type: a key of `OWN`.
        defined: its custom fields; their definitions check the values that they are set to.
    """
    custom = {
        CUSTOM + one.field_name: Field(
            _CUSTOM_TYPES[one.field_type], choices=tuple(one.choices), required=one.is_required
        )
        for one in defined
    }
    return {**OWN[record_type], **custom}


def values(record: Recorded) -> dict[str, Value]:
    """Return the values of a record by field name; custom fields by their stored type."""
    item = record.item()
    found = {name: _stored(one.type, item.get(name)) for name, one in OWN[record.KIND].items()}
    for name, kept in item.get("custom_fields", {}).items():
        for field_type, value in kept.items():
            found[CUSTOM + name] = _stored(_CUSTOM_TYPES[field_type], value)
    return found


def read(
    known: Mapping[str, Field], sent: Mapping[str, Any]
) -> tuple[dict[str, Value], dict[str, str]]:
    """Parse the values of a record in the format of API responses.

    Keys that are no fields of the record type are ignored: responses hold more than fields.

    Args:
        known: the fields of its type, as `fields` returns them.
        sent: the record.

    Returns:
        The values, and by field the errors of those that have another type.
    """
    custom = {} if sent.get("custom_fields") is None else sent["custom_fields"]
    if not isinstance(custom, dict):
        return {}, {"custom_fields": "must be an object"}
    found: dict[str, Value] = {}
    wrong: dict[str, str] = {}
    for name, field in known.items():
        is_custom = name.startswith(CUSTOM)
        raw = custom.get(name.removeprefix(CUSTOM)) if is_custom else sent.get(name)
        # A document holds its creator as an object with first and last name.
        if field.type == "user" and isinstance(raw, dict):
            raw = raw.get("id")
        try:
            found[name] = typed(field.type, raw)
        except ValueError as error:
            wrong[name] = str(error)
    return found, wrong


def _stored(kind: Type, raw: Any) -> Value:
    """Return a stored value; a string that equals no valid value if its type is not the field's."""
    try:
        return typed(kind, raw)
    except ValueError:
        return str(raw)
