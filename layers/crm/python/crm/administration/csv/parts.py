"""Child items of an entity in the cells of a row: contact points, identifiers, addresses. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.administration.csv.countries import alpha2
from crm.administration.csv.fields import ADDRESS_PIECES
from crm.administration.csv.targets import Target
from crm.administration.csv.values import listed, pieces
from crm.platform.errors import FieldError
from crm.records.search.text import fold

COUNTRY = re.compile(r"(?P<country>[A-Z]{2}|):\s*(?P<value>.+)", re.DOTALL)
"""An identifier with its country, `DE:123`, or with an empty one, `:AB:123`."""

_REQUIRED = ("line1", "city", "country")
_STREETS = ("street", "street2", "street3", "po_box")
_KINDS = {
    "": "other",
    "other": "other",
    "home": "home",
    "private": "home",
    "work": "office",
    "business": "office",
    "office": "office",
    "company": "office",
    "billing": "billing",
    "invoice": "billing",
    "shipping": "shipping",
    "delivery": "shipping",
}


@dataclass(frozen=True)
class Cell:
    """A non-empty cell, with one target of its column."""

    column: str
    target: Target
    text: str


@dataclass
class Addresses:
    """The addresses of a row.

    Attributes:
        found: the complete addresses.
        remarks: descriptions of the incomplete ones.
        errors: errors of unknown countries.
    """

    found: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)


def contact_points(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Return the contact points of a row without duplicates; the first of each channel is primary.

    A Google label with a star before it, and Outlook's `Primary Phone`, come first.
    """
    labels = _labels(cells)
    found = [
        point
        for cell in cells
        if cell.target.role == "contact_point"
        for point in _points(cell, labels.get(cell.target.group))
    ]
    primary: dict[str, dict[str, Any]] = {}
    for point in [*filter(_preferred, found), *found]:
        primary.setdefault(point["channel"], point)
    seen: set[tuple[str, str]] = set()
    answer = []
    for point in [*primary.values(), *found]:
        key = (point["channel"], _comparable(point["channel"], point["value"]))
        if key not in seen:
            seen.add(key)
            point["is_primary"] = point is primary[point["channel"]]
            answer.append({name: value for name, value in point.items() if name != "preferred"})
    return answer


def identifiers(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Return the identifiers of a row; the first of each type is primary."""
    found: list[dict[str, Any]] = []
    for cell in cells:
        if cell.target.role != "identifier":
            continue
        kind = cell.target.field
        for text in filter(None, pieces(cell.text)):
            match = COUNTRY.fullmatch(text)
            country = {"country": match["country"]} if match and match["country"] else {}
            found.append(
                {
                    "type": kind,
                    "value": match["value"] if match else text,
                    **country,
                    "is_primary": all(one["type"] != kind for one in found),
                }
            )
    return found


def addresses(cells: Sequence[Cell]) -> Addresses:
    """Return the addresses of a row; the first of each kind is primary.

    An address without street, city or country is invalid: its values become a remark. An unknown
    country is an error, because it may be a typing error.
    """
    labels = _labels(cells)
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        if cell.target.role == "address":
            groups.setdefault(cell.target.group, []).append(cell)
    answer = Addresses()
    for group, members in groups.items():
        label = labels.get(group)
        kind = members[0].target.label or _kind(label)
        if not members[0].target.label and label and fold(_plain(label.text)) not in _KINDS:
            answer.remarks.append(f"{label.column}: {label.text.strip()}")
        for texts in _split(members):
            _add(answer, kind, texts)
    return answer


def _add(answer: Addresses, kind: str, texts: Mapping[str, Cell]) -> None:
    address = {name: cell.text for name, cell in texts.items() if cell.text}
    whole = _lined(address)
    if not all(whole.get(name) for name in _REQUIRED):
        if address:
            answer.remarks.append(f"Address ({kind}): {_described(address, whole)}")
        return
    try:
        country = alpha2(whole["country"])
    except ValueError as error:
        message = f'{error}; it stands in the column "{texts["country"].column}"'
        answer.errors.append(FieldError(f"{kind}.country", message))
        return
    answer.found.append(
        {
            "kind": kind,
            **{name: whole[name] for name in ADDRESS_PIECES if whole.get(name)},
            "country": country,
            "is_primary": all(one["kind"] != kind for one in answer.found),
        }
    )


def _split(members: Sequence[Cell]) -> Iterator[Mapping[str, Cell]]:
    """Yield the addresses whose pieces share an index in the cells of a group."""
    columns = [(cell, pieces(cell.text)) for cell in members]
    for place in range(max(len(texts) for _, texts in columns)):
        yield {
            cell.target.field: Cell(
                cell.column, cell.target, texts[place] if place < len(texts) else ""
            )
            for cell, texts in columns
        }


def _lined(address: Mapping[str, str]) -> dict[str, str]:
    """Return an address with its streets in two lines."""
    streets = [
        line.strip()
        for name in _STREETS
        for line in _boxed(name, address.get(name, "")).splitlines()
        if line.strip()
    ]
    whole = {name: text for name, text in address.items() if name in ADDRESS_PIECES}
    if streets:
        first, *rest = filter(None, [whole.get("line1"), *streets, whole.get("line2")])
        whole |= {"line1": first, "line2": ", ".join(rest)}
    return whole


def _boxed(name: str, text: str) -> str:
    return f"PO Box {text}" if name == "po_box" and text.strip().isdigit() else text


def _described(address: Mapping[str, str], whole: Mapping[str, str]) -> str:
    """Describe an incomplete address in one line: its formatted text, then pieces not in that."""
    texts = [", ".join(filter(None, map(str.strip, address.get("formatted", "").splitlines())))]
    texts += [" ".join(whole[name].split()) for name in ADDRESS_PIECES if whole.get(name)]
    written, *rest = texts
    return ", ".join(filter(None, [written, *(text for text in rest if text not in written)]))


def _points(cell: Cell, label: Cell | None) -> Iterator[dict[str, Any]]:
    channel = cell.target.field
    # A `;` may be part of a web address.
    texts = pieces(cell.text) if channel in ("website", "social") else listed(cell.text)
    texts = [text for text in texts if text]
    labels = pieces(label.text) if label else [cell.target.label]
    if len(labels) != len(texts):
        labels = [label.text.strip() if label else cell.target.label] * len(texts)
    for text, name in zip(texts, labels, strict=True):
        plain = _plain(name)
        at = _channel(channel, plain)
        point = {"channel": at, "value": text, "preferred": cell.target.primary or "*" in name[:1]}
        if plain and fold(plain) != at:
            point["label"] = plain
        yield point


def _preferred(point: Mapping[str, Any]) -> bool:
    return bool(point["preferred"])


def _channel(channel: str, label: str) -> str:
    """Return the channel of a number; a label may name another channel than phone."""
    name = fold(label)
    if channel == "phone" and "fax" in name:
        return "fax"
    return "mobile" if channel == "phone" and ("mobile" in name or "cell" in name) else channel


def _comparable(channel: str, value: str) -> str:
    """Normalize spellings of the same value, as far as possible here."""
    if channel in ("phone", "mobile", "fax"):
        return "".join(letter for letter in value if letter.isalnum() or letter == "+")
    return value.casefold() if channel == "email" else value


def _labels(cells: Sequence[Cell]) -> Mapping[str, Cell]:
    return {cell.target.group: cell for cell in cells if cell.target.role == "label"}


def _plain(label: str) -> str:
    """Return a label without the star that Google puts before it."""
    return label.strip().removeprefix("*").strip()


def _kind(label: Cell | None) -> str:
    return _KINDS.get(fold(_plain(label.text)) if label else "", "other")
