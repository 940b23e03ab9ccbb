"""The fields of each record type that rules can name, with their types and values. Pure.

They are the fields that responses show. `update_field` may set the fields that have a `form`, to
the values that the form accepts: those that a PATCH of the record accepts. The others are set by
the server, or derived from other fields.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator

from crm.platform.fields import Number, ValueType
from crm.platform.money import MAX_WHOLE_DIGITS
from crm.records import record_fields
from crm.records.record_fields import RecordField
from crm.records.registry import RECORD_KINDS
from crm.workflows.rules.values import Value, typed

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

    type: ValueType
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


_FORMS: Mapping[Any, Any] = {Number: Annotated[Number, AfterValidator(_possible)]}


@cache
def own(record_type: str) -> Mapping[str, Field]:
    """Return the fields of a record type, except custom fields.

    Args:
        record_type: the name of a record kind.
    """
    fixed = RECORD_KINDS[record_type].NOT_SET_BY_RULES
    return {
        name: _field(one, is_set=one.body is not None and name not in fixed)
        for name, one in record_fields.fields(record_type).items()
    }


def _field(one: RecordField, *, is_set: bool) -> Field:
    if not is_set:
        return Field(one.type, choices=one.choices)
    # A choice is checked against `settable`, whose error names the choices.
    form = str if one.type == "choice" else _FORMS.get(one.body, one.body)
    return Field(one.type, form, one.choices, one.settable, one.required)


_CUSTOM_TYPES: Mapping[str, ValueType] = {
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
        record_type: the name of a record kind.
        defined: its custom fields; their definitions check the values that they are set to.
    """
    custom = {
        CUSTOM + one.field_name: Field(
            _CUSTOM_TYPES[one.field_type], choices=tuple(one.choices), required=one.is_required
        )
        for one in defined
    }
    return {**own(record_type), **custom}


def values(record: Recorded) -> dict[str, Value]:
    """Return the values of a record by field name; custom fields by their stored type."""
    item = record.item()
    found = {name: _stored(one.type, item.get(name)) for name, one in own(record.KIND).items()}
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


def _stored(kind: ValueType, raw: Any) -> Value:
    """Return a stored value; a string that equals no valid value if its type is not the field's."""
    try:
        return typed(kind, raw)
    except ValueError:
        return str(raw)
