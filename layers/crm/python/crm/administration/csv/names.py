"""Names entities and leads by the pieces of a name in a row. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.administration.csv.fields import NAME_PIECES
from crm.administration.csv.parts import Cell
from crm.administration.csv.vendor_headers import FALLBACK_NAMES


def name_entity(
    body: dict[str, Any], pieces: Mapping[str, Cell], current: Mapping[str, Any] | None
) -> list[str]:
    """Set the name in the body of an entity, if the row has one.

    The name is the value of its own column; else first, middle and last name; else, for a new
    entity only, the organization, the nickname, or the first email address.

    Args:
        body: the body, with its contact points.
        pieces: the cells with pieces of a name.
        current: the entity that is updated; None for a new one.

    Returns:
        The pieces that are not part of the name, as remarks, so that none is lost.
    """
    name = body.get("name") or _together(pieces, NAME_PIECES)
    if not name and current is None:
        name = _first_of(pieces, FALLBACK_NAMES) or _first_email(body)
    if name:
        body["name"] = name
    known = (name or (current or {}).get("name") or "").casefold()
    return [
        f"{cell.column}: {_line(cell)}"
        for cell in pieces.values()
        if not cell.target.kept and _line(cell).casefold() not in known
    ]


def name_lead(
    body: dict[str, Any], pieces: Mapping[str, Cell], current: Mapping[str, Any] | None
) -> None:
    """Set the names in the body of a lead.

    A middle name is appended to the first name. A new lead without a last name gets its first name
    as last name, else its organization, else its email address.

    Args:
        body: the body.
        pieces: the cells with pieces of a name, besides the lead's own fields.
        current: the lead that is updated; None for a new one.
    """
    if "middle_name" in pieces:
        first = body.get("first_name", "")
        body["first_name"] = f"{first} {_line(pieces['middle_name'])}".strip()
    if current is None and not body.get("last_name"):
        name = body.pop("first_name", None) or body.get("organization_name") or body.get("email")
        if name:
            body["last_name"] = name


def _together(pieces: Mapping[str, Cell], names: Sequence[str]) -> str:
    return " ".join(_line(pieces[name]) for name in names if name in pieces)


def _first_of(pieces: Mapping[str, Cell], names: Sequence[str]) -> str:
    return next((_line(pieces[name]) for name in names if name in pieces), "")


def _first_email(body: Mapping[str, Any]) -> str:
    points = body.get("contact_points", ())
    return next((str(one["value"]) for one in points if one["channel"] == "email"), "")


def _line(cell: Cell) -> str:
    return " ".join(cell.text.split())
