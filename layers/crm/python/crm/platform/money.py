"""Exact money: decimal strings in the API, whole minor units in aggregates. Pure.

ISO 4217 defines the currencies and their decimals.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from crm.platform.fields import exact

MAX_WHOLE_DIGITS = 15
"""Digits before the decimal point. DynamoDB adds 38 digits exactly, enough for all aggregates."""

_EXACT = Context(prec=60)


def amount(value: Any, currency: str) -> str:
    """Return an amount in its stored form, with all decimals of its currency.

    Args:
        value: a whole number, a `Decimal` or a decimal string.
        currency: ISO 4217 code.

    Raises:
        ValueError: The value is not a number, is negative or too large, or has more decimals than
            the currency.
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
    """Multiply a stored amount by a probability in percent; round half to even, to minor units."""
    product = _EXACT.multiply(Decimal(stored), Decimal(probability)).scaleb(-2, _EXACT)
    return _text(_rounded(product, decimals(currency)))


def minor_units(stored: str, currency: str) -> int:
    """Convert a stored amount to whole minor units, such as cents."""
    return int(Decimal(stored).scaleb(decimals(currency), _EXACT))


def of_minor_units(units: int, currency: str) -> str:
    """Convert minor units to an amount; aggregates may be negative temporarily."""
    places = decimals(currency)
    return _text(_rounded(Decimal(units).scaleb(-places, _EXACT), places))


def decimals(currency: str) -> int:
    """Return the number of decimals of a currency; 0 if ISO 4217 defines no minor unit (gold)."""
    from iso4217 import Currency

    return Currency(currency).exponent or 0


def amounts(sums: Mapping[str, int]) -> dict[str, str]:
    """Convert aggregates in minor units by currency to amounts, without those that are zero."""
    return {
        currency: of_minor_units(units, currency)
        for currency, units in sorted(sums.items())
        if units
    }


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, _EXACT)


def _text(number: Decimal) -> str:
    return format(number or number.copy_abs(), "f")
