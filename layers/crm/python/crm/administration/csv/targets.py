"""What a column can fill, and our own names for it. Pure."""

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
    FIELDS,
    IDENTIFIER_TYPES,
    NAME_PIECES,
    RecordType,
    identifier_column,
)
from crm.administration.csv.values import Reading, text, trimmed

Role = Literal["field", "custom", "name", "contact_point", "identifier", "address", "label"]

SCALARS: frozenset[Role] = frozenset({"field", "custom", "name"})
"""What one column at most can fill."""

_SIGNS = re.compile(r"[\s_.-]+")
_NUMBERED = re.compile(rf"({'|'.join(CHANNELS)})( [0-9]{{1,3}})?( label)?")


@dataclass(frozen=True)
class Target:
    """What a column fills.

    Attributes:
        role: which part of the body.
        field: the field in it: also a channel, a type of identifier, a piece of an address or of
            a name.
        read: what makes a JSON value of a cell.
        group: what columns have in common that tell of one thing: of an address, of a value and
            its label.
        label: of a contact point; of an address its kind.
        primary: whether its values come before those of other columns.
        kept: whether another target of the same column keeps the cell as it is.
    """

    role: Role
    field: str
    read: Reading = text
    group: str = ""
    label: str = ""
    primary: bool = False
    kept: bool = False


def folded(name: str) -> str:
    """What names of columns have in common that differ in case, blanks, `_`, `-` and `.`."""
    return _SIGNS.sub(" ", unicodedata.normalize("NFKC", name).casefold()).strip()


def own(record_type: RecordType, name: str) -> Target | None:
    """What a column of one of our own names fills.

    Args:
        record_type: whose.
        name: as `folded` makes it.
    """
    found = _own(record_type).get(name)
    if found is None and record_type == "entity" and (match := _NUMBERED.fullmatch(name)):
        channel, number, label = match.groups()
        group = channel + (number or "")
        found = Target("label" if label else "contact_point", channel, group=group)
    return found


@cache
def _own(record_type: RecordType) -> Mapping[str, Target]:
    fields = {"id": trimmed, **FIELDS[record_type]}
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
