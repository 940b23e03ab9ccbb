"""Writes responses of the API as cells of a CSV file, reversibly. Pure.

`columns.plan` reads the output of `cells` back as the same body, except for values that a cell
cannot represent:

- null and an empty text or list are the same: an empty cell, and so are texts of blanks only;
- of contact points only channel, value, order and the primary one, not `label` nor `can_contact`;
- of the child items of an entity, the first of each group becomes the primary one if none is;
- values that contain ` ::: `, the separator, in lists and in child items of entities;
- NUL characters, and control characters at the ends of values;
- relationships, which have two ends, and a lead's status `converted`, which is read-only.

A spreadsheet takes a cell that begins with `=` or certain other signs for a formula, and runs
the content of a name. `escape_formula` puts an apostrophe before such texts, as OWASP advises
("CSV Injection"); `line` quotes each cell, so that none can be split at a `;` where that is the
delimiter.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from crm.administration.csv.fields import (
    ADDRESS_KINDS,
    ADDRESS_PIECES,
    CHANNELS,
    CUSTOM,
    IDENTIFIER_TYPES,
    Definition,
    RecordType,
    identifier_column,
    read_only,
    readings,
)
from crm.administration.csv.parts import COUNTRY
from crm.administration.csv.values import SEPARATOR, joined

_ACTIVE = re.compile("(?P<marks>'*)[=+\\-@\t\r\n\0\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-][0-9]+(\.[0-9]+)?")


def escape_formula(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs.

    A text that begins with `=`, `+`, `-`, `@`, a tab, CR, LF, NUL, or the full-width form of one,
    gets an apostrophe before it; a text that begins with apostrophes before such a sign gets one
    more, so that reading restores them. Signed numbers, such as -12.5 and the phone number
    +491234, are unchanged: a spreadsheet reads them as harmless numbers.
    """
    return f"'{text}" if _ACTIVE.match(text) and not _NUMBER.fullmatch(text) else text


def unescape_formula(text: str) -> str:
    """Return the text of a cell that `escape_formula` has made.

    In files from elsewhere this removes one apostrophe before one of those signs, where it is a
    spreadsheet's mark of a text, and changes nothing else.
    """
    match = _ACTIVE.match(text)
    return text[1:] if match and match["marks"] else text


def header(record_type: RecordType, definitions: Iterable[Definition]) -> list[str]:
    """Return the names of the columns: writable fields, custom fields, then read-only fields."""
    return [
        "id",
        *readings(record_type),
        *(_part_columns() if record_type == "entity" else ()),
        *(CUSTOM + one.field_name for one in definitions),
        *read_only(record_type),
    ]


def cells(
    record_type: RecordType, record: Mapping[str, Any], definitions: Iterable[Definition]
) -> list[str]:
    """Return a record as the row below `header`, disarmed.

    Args:
        record_type: the type of the record.
        record: the API's response; an entity may include its child items, as in its detail.
        definitions: the custom fields of the header.
    """
    parts = _part_cells(record) if record_type == "entity" else {}
    custom_fields = record.get("custom_fields") or {}
    own = {CUSTOM + name: value for name, value in custom_fields.items()}
    whole = {**record, **parts, **own}
    return [escape_formula(_text(whole.get(name))) for name in header(record_type, definitions)]


def first_line(names: Sequence[str]) -> str:
    """Return the header as a line of a CSV file; plain names are not quoted."""
    return _line(names, csv.QUOTE_MINIMAL)


def line(row: Sequence[str]) -> str:
    """Return a row as a line of a CSV file, each cell quoted."""
    return _line(row, csv.QUOTE_ALL)


def _line(row: Sequence[str], quoting: Literal[0, 1]) -> str:
    target = io.StringIO()
    csv.writer(target, quoting=quoting, lineterminator="\r\n").writerow(row)
    return target.getvalue()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return joined(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _part_columns() -> Iterator[str]:
    yield from CHANNELS
    yield from map(identifier_column, IDENTIFIER_TYPES)
    for kind in ADDRESS_KINDS:
        yield from (f"{kind}_{piece}" for piece in ADDRESS_PIECES)


def _part_cells(record: Mapping[str, Any]) -> dict[str, str]:
    points = _grouped(record, "contact_points", "channel")
    numbers = _grouped(record, "identifiers", "type")
    places = _grouped(record, "addresses", "kind")
    return {
        **{channel: joined(one["value"] for one in points[channel]) for channel in points},
        **{identifier_column(kind): joined(map(_identifier, numbers[kind])) for kind in numbers},
        **{
            f"{kind}_{piece}": _side_by_side([one.get(piece) or "" for one in places[kind]])
            for kind in places
            for piece in ADDRESS_PIECES
        },
    }


def _grouped(record: Mapping[str, Any], field: str, by: str) -> dict[str, list[Mapping[str, Any]]]:
    """Return the child items of an entity by group, the primary one first."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for one in sorted(record.get(field) or (), key=lambda one: not one.get("is_primary")):
        groups.setdefault(one[by], []).append(one)
    return groups


def _identifier(one: Mapping[str, Any]) -> str:
    value = str(one["value"])
    if one.get("country"):
        return f"{one['country']}:{value}"
    return f":{value}" if COUNTRY.fullmatch(value) else value


def _side_by_side(texts: Sequence[str]) -> str:
    """Join one piece of several addresses, each at the index of its address."""
    return f" {SEPARATOR} ".join(texts) if any(texts) else ""
