"""Fields of each record type, by Brook's own names, with the readers of their cells. Pure.

The names are those of the API's bodies. Child items of entities, which are separate resources in
the API, have a column for each channel, each type of identifier, and each piece of each kind of
address.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

from crm.administration.csv.values import (
    Reading,
    boolean,
    code,
    day,
    listed,
    moment,
    number,
    text,
    trimmed,
    whole,
    word,
)
from crm.platform.fields import Currency, EmailAddress, Number, ValueType
from crm.records import record_fields
from crm.records.record_fields import RecordField

RecordType = str
"""The name of a kind of records with an owner."""

CUSTOM = "custom_fields."

CHANNELS = ("email", "phone", "mobile", "fax", "website", "social")
IDENTIFIER_TYPES = ("tax_id", "vat", "registration", "duns", "passport", "other")
ADDRESS_KINDS = ("billing", "shipping", "office", "home", "other")
ADDRESS_PIECES = ("line1", "line2", "city", "region", "postal_code", "country")

NAME_PIECES = ("first_name", "middle_name", "last_name")
"""Pieces that a name can be composed of."""

_READINGS: Mapping[ValueType, Reading] = {
    "choice": word,
    "text": text,
    "id": trimmed,
    "user": trimmed,
    "number": whole,
    "boolean": boolean,
    "date": day,
    "datetime": moment,
    "ids": listed,
    "texts": listed,
}

_READINGS_OF_BODIES: tuple[tuple[Any, Reading], ...] = (
    (EmailAddress, trimmed),
    (Currency, code),
    (Number, number),
)
"""Types of fields in bodies that are read in another way than other values of their type."""

_EACH = ("version", "created_on", "created_by", "updated_on", "updated_by")
"""Fields of responses that all record types have."""


@cache
def readings(record_type: RecordType) -> Mapping[str, Reading]:
    """Return the writable fields with the readers of their cells, in the order of the columns.

    Args:
        record_type: the name of a record kind; its `id` and `custom_fields` are left out.
    """
    fields = record_fields.fields(record_type)
    return {name: _reading(fields[name]) for name in record_fields.writable(record_type)}


@cache
def read_only(record_type: RecordType) -> tuple[str, ...]:
    """Return the further fields of responses: written into files, ignored when a file is read."""
    known = {"id", *readings(record_type), *_EACH}
    return (*(name for name in record_fields.fields(record_type) if name not in known), *_EACH)


def _reading(field: RecordField) -> Reading:
    found = (reading for body, reading in _READINGS_OF_BODIES if body == field.body)
    return next(found, _READINGS[field.type])


class Definition(Protocol):
    """The used attributes of a custom field's definition."""

    @property
    def field_name(self) -> str: ...
    @property
    def field_label(self) -> str: ...
    @property
    def field_type(self) -> str: ...
    @property
    def choices(self) -> list[str]: ...


def identifier_column(identifier_type: str) -> str:
    """Return the column of an identifier type; `other` alone would be ambiguous."""
    return "other_identifier" if identifier_type == "other" else identifier_type
