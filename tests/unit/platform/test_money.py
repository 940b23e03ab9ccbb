"""Money is exact"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.platform import money

CURRENCIES = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4, "XAU": 0}


@st.composite
def amounts(draw: st.DrawFn) -> tuple[Decimal, str]:
    """An amount that its currency has."""
    currency = draw(st.sampled_from(sorted(CURRENCIES)))
    places = CURRENCIES[currency]
    units = draw(st.integers(0, 10 ** (money.MAX_WHOLE_DIGITS + places) - 1))
    return Decimal(units).scaleb(-places), currency


@pytest.mark.parametrize(("currency", "places"), CURRENCIES.items())
def test_decimals(currency: str, places: int) -> None:
    assert money.decimals(currency) == places


@pytest.mark.parametrize(
    ("sent", "currency", "stored"),
    [
        ("1250.5", "USD", "1250.50"),
        (Decimal("1250.5"), "USD", "1250.50"),
        (1250, "USD", "1250.00"),
        ("1250", "JPY", "1250"),
        ("1250.0", "JPY", "1250"),
        ("1.2345", "CLF", "1.2345"),
        ("0", "USD", "0.00"),
        ("-0", "USD", "0.00"),
        ("1e3", "USD", "1000.00"),
        ("0e-199", "USD", "0.00"),
        ("999999999999999.99", "USD", "999999999999999.99"),
    ],
)
def test_an_amount_has_all_decimals_of_its_currency(sent: Any, currency: str, stored: str) -> None:
    assert money.amount(sent, currency) == stored


@pytest.mark.parametrize(
    ("sent", "currency"),
    [
        ("-0.01", "USD"),
        ("1.005", "USD"),
        ("0.5", "JPY"),
        ("1e-100", "USD"),
        ("1000000000000000", "USD"),
        ("1e300", "USD"),
        ("", "USD"),
        ("1,250.50", "USD"),
        ("NaN", "USD"),
        ("1_000", "USD"),
        (Decimal("Infinity"), "USD"),
        (True, "USD"),
        (None, "USD"),
        ([1], "USD"),
        (1.5, "USD"),
    ],
)
def test_what_is_no_amount(sent: Any, currency: str) -> None:
    with pytest.raises(ValueError, match="must"):
        money.amount(sent, currency)


@given(amounts())
def test_what_is_stored_equals_what_was_sent(one: tuple[Decimal, str]) -> None:
    amount, currency = one
    stored = money.amount(amount, currency)
    assert Decimal(stored) == amount
    assert money.amount(stored, currency) == stored
    assert money.of_minor_units(money.minor_units(stored, currency), currency) == stored


@given(st.lists(amounts()))
def test_sums_are_exact(many: list[tuple[Decimal, str]]) -> None:
    sums: dict[str, int] = {}
    for amount, currency in many:
        units = money.minor_units(money.amount(amount, currency), currency)
        sums[currency] = sums.get(currency, 0) + units
    exact = {
        currency: sum((amount for amount, other in many if other == currency), Decimal())
        for currency in sums
    }
    shown = money.amounts(sums)
    assert {name: Decimal(text) for name, text in shown.items()} == {
        name: total for name, total in exact.items() if total
    }


@given(amounts(), st.integers(0, 100))
def test_weighted_is_off_by_half_a_unit_at_most(one: tuple[Decimal, str], probability: int) -> None:
    amount, currency = one
    weighted = Decimal(money.weighted(money.amount(amount, currency), probability, currency))
    exact = amount * probability / 100
    unit = Decimal(1).scaleb(-CURRENCIES[currency])
    assert abs(weighted - exact) <= unit / 2
    assert weighted % unit == 0


@pytest.mark.parametrize(
    ("amount", "probability", "currency", "weighted"),
    [
        ("0.10", 25, "USD", "0.02"),
        ("0.30", 25, "USD", "0.08"),
        ("0.50", 25, "USD", "0.12"),
        ("3", 50, "JPY", "2"),
        ("5", 50, "JPY", "2"),
        ("1250.50", 100, "USD", "1250.50"),
        ("1250.50", 0, "USD", "0.00"),
    ],
)
def test_weighted_is_rounded_half_to_even(
    amount: str, probability: int, currency: str, weighted: str
) -> None:
    assert money.weighted(amount, probability, currency) == weighted
