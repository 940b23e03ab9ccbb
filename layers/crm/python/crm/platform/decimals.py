"""Exact numbers in requests. Pure."""

import re
from decimal import Decimal
from typing import Any

_LONGEST = 200
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([Ee][+-]?[0-9]{1,3})?")


def exact(value: Any) -> Decimal:
    """Return the exact value of a JSON number or a decimal string.

    Raises:
        ValueError: The value is neither.
    """
    if isinstance(value, str):
        if len(value) <= _LONGEST and _NUMBER.fullmatch(value):
            return Decimal(value)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
        if number.is_finite():
            return number
    raise ValueError("must be a number, or a decimal string")
