"""Fields by which rows can match records, and their names."""

from crm.administration.csv.fields import CHANNELS, CUSTOM, IDENTIFIER_TYPES, RecordType, readings
from crm.records.custom_fields.definitions import Definitions

ID = "id"
IDENTIFIER = "identifier"


def field_of(record_type: RecordType, name: str, known: Definitions) -> str | None:
    """Return the match field of a name; None if it is unknown.

    Args:
        record_type: the record type that the rows become.
        name: `id`, a field of the record, a custom field with or without its prefix; for entities
            also a channel, a type of identifiers, or `identifier` for all types.
        known: the custom fields of the record type.
    """
    names = {ID, *readings(record_type)}
    if record_type == "entity":
        names |= {IDENTIFIER, *CHANNELS, *IDENTIFIER_TYPES}
    if name in names:
        return name
    custom = {one.field_name for one in known}
    plain = name.removeprefix(CUSTOM)
    return CUSTOM + plain if plain in custom else None
