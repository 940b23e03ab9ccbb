"""Writable fields of each record type, by Brook's own names, with the readers of their cells. Pure.

The names are those of the API's bodies; tests compare them with its models. Child items of
entities, which are separate resources in the API, have a column for each channel, each type of
identifier, and each piece of each kind of address.
"""

from collections.abc import Mapping
from typing import Protocol

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

RecordType = str
"""A key of `FIELDS`."""

CUSTOM = "custom_fields."

CHANNELS = ("email", "phone", "mobile", "fax", "website", "social")
IDENTIFIER_TYPES = ("tax_id", "vat", "registration", "duns", "passport", "other")
ADDRESS_KINDS = ("billing", "shipping", "office", "home", "other")
ADDRESS_PIECES = ("line1", "line2", "city", "region", "postal_code", "country")

NAME_PIECES = ("first_name", "middle_name", "last_name")
"""Pieces that a name can be composed of."""

FIELDS: Mapping[RecordType, Mapping[str, Reading]] = {
    "entity": {
        "type": word,
        "name": text,
        "legal_name": text,
        "status": word,
        "note": text,
        "assigned_to": trimmed,
        "shared_with": listed,
    },
    "deal": {
        "name": text,
        "amount": number,
        "currency": code,
        "entity_id": trimmed,
        "stage_id": trimmed,
        "expected_close_date": day,
        "assigned_to": trimmed,
        "shared_with": listed,
    },
    "activity": {
        "type": word,
        "subject": text,
        "description": text,
        "related_to_type": word,
        "related_to_id": trimmed,
        "assigned_to": trimmed,
        "due_date": day,
        "is_completed": boolean,
        "priority": word,
        "status": word,
        "start_time": moment,
        "end_time": moment,
        "location": text,
        "from_address": trimmed,
        "to_addresses": listed,
        "cc_addresses": listed,
        "body": text,
        "is_outbound": boolean,
        "phone_number": text,
        "duration_seconds": whole,
        "call_outcome": text,
    },
    "lead": {
        "first_name": text,
        "last_name": text,
        "organization_name": text,
        "email": trimmed,
        "phone": text,
        "source": text,
        "status": word,
        "amount": number,
        "assigned_to": trimmed,
        "shared_with": listed,
    },
    "case": {
        "name": text,
        "status": word,
        "priority": word,
        "case_type": word,
        "entity_id": trimmed,
        "description": text,
        "assigned_to": trimmed,
        "shared_with": listed,
    },
}
"""Fields by record type, without `id` and `custom_fields`, which all record types have."""

_EACH = ("version", "created_on", "created_by", "updated_on", "updated_by")

ANSWERED: Mapping[RecordType, tuple[str, ...]] = {
    "entity": _EACH,
    "deal": ("pipeline_id", "status", "probability", "weighted_amount", "closed_on", *_EACH),
    "activity": ("completed_on", *_EACH),
    "lead": ("converted_on", "contact_id", "account_id", "deal_id", *_EACH),
    "case": ("closed_on", *_EACH),
}
"""Further fields of responses: they are written into files and ignored when a file is read."""


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
