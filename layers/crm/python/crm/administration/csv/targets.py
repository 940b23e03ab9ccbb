"""Targets that a column can fill, and Brook's own names for them. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from crm.administration.csv.fields import (
    ADDRESS_KINDS,
    ADDRESS_PIECES,
    CHANNELS,
    IDENTIFIER_TYPES,
    NAME_PIECES,
    RecordType,
    identifier_column,
    readings,
)
from crm.administration.csv.values import Reading, text, trimmed

Role = Literal["field", "custom", "name", "contact_point", "identifier", "address", "label"]

SCALARS: frozenset[Role] = frozenset({"field", "custom", "name"})
"""Roles whose fields take at most one column each."""

_SIGNS = re.compile(r"[\s_.-]+")
_NUMBERED = re.compile(rf"({'|'.join(CHANNELS)})( [0-9]{{1,3}})?( label)?")


@dataclass(frozen=True)
class Target:
    """The target of a column.

    Attributes:
        role: the kind of target in the body.
        field: the field: also a channel, a type of identifier, a piece of an address or of a name.
        read: the function that converts a cell into a JSON value.
        group: the common group of columns that describe one item: an address, or a value and its
            label.
        label: the label of a contact point; the kind of an address.
        primary: whether its values precede those of other columns.
        kept: whether another target of the same column keeps the cell unchanged.
    """

    role: Role
    field: str
    read: Reading = text
    group: str = ""
    label: str = ""
    primary: bool = False
    kept: bool = False


def folded(name: str) -> str:
    """Normalize a column name: case, blanks, `_`, `-` and `.` are ignored."""
    return _SIGNS.sub(" ", unicodedata.normalize("NFKC", name).casefold()).strip()


def own(record_type: RecordType, name: str) -> Target | None:
    """Return the target of a column with one of Brook's own names.

    Args:
        record_type: the record type that the rows become.
        name: the name, as `folded` returns it.
    """
    found = _own(record_type).get(name)
    if found is None and record_type == "entity" and (match := _NUMBERED.fullmatch(name)):
        channel, number, label = match.groups()
        group = channel + (number or "")
        found = Target("label" if label else "contact_point", channel, group=group)
    return found


@cache
def _own(record_type: RecordType) -> Mapping[str, Target]:
    fields = {"id": trimmed, **readings(record_type)}
    targets = [(name, Target("field", name, read)) for name, read in fields.items()]
    if record_type == "entity":
        targets += [(name, Target("name", name)) for name in NAME_PIECES]
        targets += [(identifier_column(one), Target("identifier", one)) for one in IDENTIFIER_TYPES]
        targets += [
            (f"{kind}_{piece}", Target("address", piece, group=kind, label=kind))
            for kind in ADDRESS_KINDS
            for piece in ADDRESS_PIECES
        ]
    return {folded(name): target for name, target in targets}
