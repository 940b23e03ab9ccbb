"""Money: exact, in decimal strings outside and whole minor units inside. Pure.

Currencies and the decimals they have are those of ISO 4217.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from crm.platform.decimals import exact

MAX_WHOLE_DIGITS = 15
"""Digits before the point. DynamoDB sums 38 digits exactly: there is room for all sums."""

_EXACT = Context(prec=60)


def amount(value: Any, currency: str) -> str:
    """An amount as it is stored and answered: with each decimal that its currency has.

    Args:
        value: a whole number, a `Decimal` or a decimal string.
        currency: ISO 4217 code.

    Raises:
        ValueError: no number, negative, too large, or with more decimals than the currency has.
    """
    number = exact(value)
    if number < 0:
        raise ValueError("must not be negative")
    if number.adjusted() >= MAX_WHOLE_DIGITS:
        raise ValueError(f"must have at most {MAX_WHOLE_DIGITS} digits before the point")
    places = decimals(currency)
    rounded = _rounded(number, places)
    if rounded != number:
        raise ValueError(f"must have at most {places} decimals in {currency}")
    return _text(rounded)


def weighted(stored: str, probability: int, currency: str) -> str:
    """A stored amount times a probability in percent, half to even to the minor unit."""
    product = _EXACT.multiply(Decimal(stored), Decimal(probability)).scaleb(-2, _EXACT)
    return _text(_rounded(product, decimals(currency)))


def minor_units(stored: str, currency: str) -> int:
    """A stored amount in whole minor units, such as cents."""
    return int(Decimal(stored).scaleb(decimals(currency), _EXACT))


def of_minor_units(units: int, currency: str) -> str:
    """The amount that so many minor units are; sums may be negative for a moment."""
    places = decimals(currency)
    return _text(_rounded(Decimal(units).scaleb(-places, _EXACT), places))


def decimals(currency: str) -> int:
    """How many decimals a currency has; none where ISO 4217 gives no minor unit, as for gold."""
    from iso4217 import Currency

    return Currency(currency).exponent or 0


def amounts(sums: Mapping[str, int]) -> dict[str, str]:
    """Sums in minor units by currency as answers show them; without those of nothing."""
    return {
        currency: of_minor_units(units, currency)
        for currency, units in sorted(sums.items())
        if units
    }


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, _EXACT)


def _text(number: Decimal) -> str:
    return format(number or number.copy_abs(), "f")
