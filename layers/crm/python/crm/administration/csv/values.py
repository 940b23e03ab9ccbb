"""Converts one cell into a JSON value. Pure.

Ambiguous values are rejected: a number with a thousands separator, or a date that is
read differently in other countries.
"""

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from crm.platform.fields import Time, exact
from crm.records.custom_fields.values import FieldType, normal

Reading = Callable[[str], Any]
"""Converts a non-empty cell into a JSON value. Raises ValueError."""

SEPARATOR = ":::"
"""Separator between the values of a cell, with a blank on both sides, as in Google's exports."""

_BETWEEN = re.compile(rf"(?<!\S){SEPARATOR}(?!\S)")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUE = {"true", "yes", "1", "x"}
_FALSE = {"false", "no", "0"}
_TIME: TypeAdapter[str] = TypeAdapter(Time)


def pieces(text: str) -> list[str]:
    """Return the values between ` ::: `, trimmed, including empty ones."""
    return [piece.strip() for piece in _BETWEEN.split(text)]


def listed(text: str) -> list[str]:
    """Return the values of a list: separated by ` ::: `, or, in a cell without it, by `;`."""
    found = pieces(text)
    if len(found) == 1:
        found = [piece.strip() for piece in text.split(";")]
    return [piece for piece in found if piece]


def joined(values: Iterable[str]) -> str:
    """Return the cell that `listed` and `pieces` split into these values.

    A single value that could be taken for a list ends with the separator.
    """
    values = list(values)
    text = f" {SEPARATOR} ".join(values)
    return f"{text} {SEPARATOR}" if len(values) == 1 and ";" in text else text


def text(cell: str) -> str:
    return cell


def word(cell: str) -> str:
    """Return a value of an enumeration, whatever its case and signs: `In Process`, `in_process`."""
    return re.sub(r"[\s_-]+", "_", cell.strip().casefold())


def code(cell: str) -> str:
    return cell.strip().upper()


def trimmed(cell: str) -> str:
    return cell.strip()


def boolean(cell: str) -> bool:
    sign = cell.strip().casefold()
    if sign in _TRUE:
        return True
    if sign in _FALSE:
        return False
    raise ValueError("must be true or false, yes or no, 1 or 0")


def number(cell: str) -> str:
    try:
        exact(cell.strip())
    except ValueError as error:
        raise ValueError("must be a number such as 1250.50, with a point, and no comma") from error
    return cell.strip()


def whole(cell: str) -> int:
    if not _WHOLE.fullmatch(cell.strip()):
        raise ValueError("must be a whole number")
    return int(cell)


def day(cell: str) -> str:
    found = cell.strip()
    if _DATE.fullmatch(found):
        try:
            return date.fromisoformat(found).isoformat()
        except ValueError:
            pass
    raise ValueError("must be a date, YYYY-MM-DD")


def moment(cell: str) -> str:
    try:
        return _TIME.validate_python(cell.strip())
    except ValidationError as error:
        raise ValueError("must be an RFC 3339 date-time, such as 2026-01-31T09:00:00Z") from error


def custom(field_type: str, choices: Collection[str], cell: str) -> Any:
    """Return the value of a custom field. The definition validates the choices.

    Raises:
        ValueError: the field type does not accept the value.
    """
    if field_type == "multi_choice":
        whole_cell = cell.strip()
        found = [whole_cell] if whole_cell in choices else listed(cell)
        return [_choice(one, choices) for one in found]
    if field_type == "choice":
        return _choice(cell.strip(), choices)
    return normal(cast("FieldType", field_type), _CUSTOM.get(field_type, trimmed)(cell))


def _choice(cell: str, choices: Collection[str]) -> str:
    """Return the defined choice that equals the cell except for case; else the cell."""
    same = [one for one in choices if one.casefold() == cell.casefold()]
    return same[0] if len(same) == 1 and cell not in choices else cell


_CUSTOM: dict[str, Reading] = {"boolean": boolean, "number": number, "text": text}
