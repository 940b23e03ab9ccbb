"""Items to attribute values and back, as boto3 does it."""

from decimal import Decimal, DecimalException
from typing import Any

import pytest
from boto3.dynamodb.types import DYNAMODB_CONTEXT, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from crm.platform.dynamodb.codec import NUMBERS, from_raw, to_raw

NUMBER = st.one_of(
    st.integers(-(10**37), 10**37),
    st.decimals(-(10**20), 10**20, allow_nan=False, allow_infinity=False, places=9),
)
VALUES = st.recursive(
    st.one_of(st.text(), st.booleans(), NUMBER, st.none()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=20,
)
ITEMS = st.dictionaries(st.text(min_size=1), VALUES)


@given(ITEMS)
def test_an_item_is_written_as_boto3_writes_it(item: dict[str, Any]) -> None:
    theirs = TypeSerializer()
    whole = {name: value for name, value in item.items() if value is not None}
    assert to_raw(item) == {name: theirs.serialize(value) for name, value in whole.items()}


@given(ITEMS)
def test_an_item_comes_back_as_it_was(item: dict[str, Any]) -> None:
    assert from_raw(to_raw(item)) == {
        name: value for name, value in item.items() if value is not None
    }


def test_whole_numbers_are_int_and_others_exact() -> None:
    found = from_raw({"a": {"N": "3"}, "b": {"N": "3.10"}, "c": {"N": "3.0"}})
    assert found == {"a": 3, "b": Decimal("3.10"), "c": 3}
    assert [type(value) for value in found.values()] == [int, Decimal, int]
    assert str(found["b"]) == "3.10"


def test_numbers_are_measured_as_boto3_measures_them() -> None:
    for name in ("prec", "Emin", "Emax", "traps"):
        assert getattr(NUMBERS, name) == getattr(DYNAMODB_CONTEXT, name), name


@pytest.mark.parametrize("value", [1.5, b"bytes", {"a set"}, object()])
def test_what_items_are_not_made_of(value: Any) -> None:
    with pytest.raises(TypeError):
        to_raw({"a": value})


@pytest.mark.parametrize(
    "value", [Decimal("NaN"), Decimal("Infinity"), 10**39 + 1, Decimal("1e-200")]
)
def test_what_is_no_number_there(value: Any) -> None:
    with pytest.raises((TypeError, DecimalException)):
        to_raw({"a": value})


def test_what_nobody_wrote() -> None:
    with pytest.raises(TypeError):
        from_raw({"a": {"B": b""}})
