"""Values as conditions compare them: typed and exact. Pure.

A record stores amounts, dates and texts as strings. A field's type converts them, so that `"10"` is
a number in one field and two characters in another.
"""

import calendar
import re
from collections.abc import Mapping
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from crm.platform import clock
from crm.platform.fields import ValueType, exact

Value = str | bool | Decimal | date | datetime | tuple[str, ...] | None
"""A `datetime` has a zone; a missing value is None, never an empty string or list."""

Values = Mapping[str, Value]
"""A record's values by field name; missing values are None."""

LISTS: Mapping[ValueType, ValueType] = {"texts": "text", "choices": "choice", "ids": "id"}
"""The list types, with the types of their elements."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RELATIVE = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<h>[0-9]{1,6})h|(?P<d>[0-9]{1,5})d|(?P<w>[0-9]{1,4})w"
    r"|(?P<m>[0-9]{1,4})m|(?P<y>[0-9]{1,3})y)"
)
"""Less than a thousand years, so that no result for a usual year leaves the calendar."""


def typed(kind: ValueType, raw: Any) -> Value:
    """Return a stored or sent value in the type of a field.

    Raises:
        ValueError: The value is of another type; the message says what it must be.
    """
    if raw is None:
        return None
    if kind in LISTS:
        return _texts(raw)
    if kind == "number":
        return exact(raw)
    if kind == "boolean":
        return _boolean(raw)
    if kind in {"date", "datetime"}:
        return _time(raw)
    if not isinstance(raw, str):
        raise ValueError("must be a string")
    return present(raw)


def like(raw: Any, other: Value) -> Value:
    """Return a condition's JSON value in the kind of the value that it is compared with.

    Raises:
        ValueError: The value is not of that kind.
    """
    if isinstance(other, Decimal):
        return typed("number", raw)
    if isinstance(other, date):
        return typed("datetime", raw)
    if isinstance(other, tuple):
        return typed("texts", raw)
    return typed("boolean" if isinstance(other, bool) else "text", raw)


def present(value: Value) -> Value:
    """Return the value; None for a blank string and an empty list."""
    if value == () or (isinstance(value, str) and not value.strip()):
        return None
    return value


def is_relative(text: Any) -> bool:
    """Return whether a value is relative, such as `+7d`: hours, days, weeks, months, years."""
    return isinstance(text, str) and _RELATIVE.fullmatch(text) is not None


def relative(text: str, now: datetime) -> datetime:
    """Return the moment at an offset from now. The 31st becomes the 30th in a month of 30 days.

    Raises:
        ValueError: The text is no relative date, or leads out of the calendar.
    """
    match = _RELATIVE.fullmatch(text)
    if match is None:
        raise ValueError("must be such as +7d, with h, d, w, m or y")
    sign, counts = match["sign"], {unit: match[unit] for unit in "hdwmy"}
    [(unit, digits)] = [(unit, digits) for unit, digits in counts.items() if digits]
    count = -int(digits) if sign == "-" else int(digits)
    try:
        if unit in {"m", "y"}:
            return _months_later(now, count * (12 if unit == "y" else 1))
        return now + count * {"h": timedelta(hours=1), "d": timedelta(1), "w": timedelta(7)}[unit]
    except OverflowError as error:
        raise ValueError("leads out of the calendar") from error


def plain(value: Value) -> Any:
    """Return a value as JSON; numbers as decimal strings, times in Brook's format."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return clock.timestamp(value)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def day(value: date | datetime) -> date:
    """Return the day of a moment, in UTC."""
    return value.astimezone(UTC).date() if isinstance(value, datetime) else value


def _texts(raw: Any) -> Value:
    if not isinstance(raw, list | tuple) or not all(isinstance(one, str) for one in raw):
        raise ValueError("must be a list of strings")
    return present(tuple(raw))


def _boolean(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise ValueError("must be true or false")
    return raw


def _time(raw: Any) -> date | datetime:
    if isinstance(raw, str):
        try:
            if _DATE.fullmatch(raw):
                return date.fromisoformat(raw)
            return _moment(raw)
        except (ValueError, OverflowError):
            pass
    raise ValueError("must be a date, YYYY-MM-DD, or an RFC 3339 date-time with a zone")


def _moment(raw: str) -> datetime:
    moment = datetime.fromisoformat(raw.upper())
    if moment.tzinfo is None:
        raise ValueError("has no zone")
    return moment.astimezone(UTC)


def _months_later(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= MAXYEAR:
        raise ValueError("leads out of the calendar")
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))
