"""Values of custom fields: validation and stored form per type. Pure.

An accepted value is returned equal: numbers with all their digits, date-times as the same
instant, all other values as they were sent.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from crm.platform.fields import exact, normal_email, normal_url

FieldType = Literal[
    "text", "number", "date", "datetime", "boolean", "choice", "multi_choice", "url", "email"
]
Value = str | bool | list[str]
Stored = Mapping[str, Mapping[str, Value]]
"""The custom fields of a record as they are stored: name → {type: value}.

The type is stored with the value, so that a definition that is deleted and created again shows
only values that were entered under its own type.
"""

MAX_TEXT = 10_000
MAX_URL = 2_048
MAX_DIGITS = 38
SMALLEST_EXPONENT, LARGEST_EXPONENT = -130, 125
"""With `MAX_DIGITS`, the range of numbers that DynamoDB can store too."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]"
    r"(?P<time>(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])"
    r"(?:\.(?P<fraction>[0-9]{1,3})0{0,6})?"
    r"(?P<zone>[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_URL = re.compile(r"https?://[^\s\x00-\x1f\x7f\\/?#][^\s\x00-\x1f\x7f\\]*", re.IGNORECASE)


def normal(field_type: FieldType, value: Any, choices: Collection[str] = ()) -> Value:
    """Return a value in its stored form, which is also that of responses.

    Args:
        field_type: the type of its field.
        value: a JSON value; numbers with a fraction are `Decimal`.
        choices: the accepted choices.

    Raises:
        ValueError: The type does not accept the value; the message says what it accepts.
    """
    if field_type == "choice":
        return _choice(value, choices)
    if field_type == "multi_choice":
        return _multi_choice(value, choices)
    return _RULES[field_type](value)


def is_blank(value: Any) -> bool:
    """Return whether a value leaves a required field blank: null, white space, no choice."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def plain(stored: Stored) -> dict[str, Value]:
    """Return stored values by name, with or without definition, for code without definitions."""
    return {name: value for name, typed in stored.items() for value in typed.values()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    if len(value) > MAX_TEXT:
        raise ValueError(f"must have at most {MAX_TEXT:,} characters")
    return value


def _number(value: Any) -> str:
    number = exact(value)
    if not SMALLEST_EXPONENT <= number.adjusted() <= LARGEST_EXPONENT:
        raise ValueError("must be a number of a usual size")
    if _significant_digits(number) > MAX_DIGITS:
        raise ValueError(f"must have at most {MAX_DIGITS} significant digits")
    # The contract's decimal strings have no negative zero.
    return format(number or number.copy_abs(), "f")


def _significant_digits(number: Decimal) -> int:
    """Count the significant digits; zeros that only pad a whole number do not count."""
    _, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    return len(text.rstrip("0") if exponent == 0 else text)


def _date(value: Any) -> str:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise ValueError("must be a date, YYYY-MM-DD")


def _datetime(value: Any) -> str:
    match = _DATETIME.fullmatch(value) if isinstance(value, str) else None
    if match:
        fraction = (match["fraction"] or "").ljust(3, "0")
        try:
            moment = datetime.fromisoformat(
                f"{match['date']}T{match['time']}.{fraction}{match['zone'].upper()}"
            ).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        else:
            # isoformat, because strftime does not pad years before 1000.
            return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    # Truncating a finer fraction would return another instant than the one that was sent.
    raise ValueError("must be an RFC 3339 date-time with a zone, exact to the millisecond at most")


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _choice(value: Any, choices: Collection[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise ValueError("must be one of the choices")
    return value


def _multi_choice(value: Any, choices: Collection[str]) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("must be a list of choices")
    chosen = [_choice(one, choices) for one in value]
    if len(set(chosen)) < len(chosen):
        raise ValueError("must not hold a choice twice")
    return chosen


def _url(value: Any) -> str:
    """Validate a web address and return it as it was sent.

    The library parses addresses as leniently as browsers do. An address that a browser would
    have to repair is refused here, so that the address shown is the address opened.
    """
    if not isinstance(value, str) or len(value) > MAX_URL or not _URL.fullmatch(value):
        raise ValueError("must be a web address, such as https://example.com")
    normal_url(value)
    return value


def _email(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be an email address")
    normal_email(value)
    return value


_RULES: Mapping[FieldType, Callable[[Any], Value]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "datetime": _datetime,
    "boolean": _boolean,
    "url": _url,
    "email": _email,
}
