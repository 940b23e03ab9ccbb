"""Bodies: strict, exact and not absurdly nested."""

import json as standard
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.platform.errors import InvalidBodyError
from crm.platform.json import MAX_DEPTH, canonical, dump, parse

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=None)


def shuffled(value: Any) -> Any:
    """The same JSON value with the names of its objects in another order."""
    if isinstance(value, dict):
        return {name: shuffled(one) for name, one in reversed(value.items())}
    return [shuffled(one) for one in value] if isinstance(value, list) else value


@given(values)
def test_what_is_sent_is_what_is_read(value: Any) -> None:
    assert parse(standard.dumps(value)) == value
    assert parse(standard.dumps(value, ensure_ascii=False).encode()) == value
    assert parse(dump(value)) == value


@given(values)
def test_spelling_does_not_matter(value: Any) -> None:
    spellings = [
        standard.dumps(value),
        standard.dumps(value, ensure_ascii=False, indent=3),
        standard.dumps(shuffled(value), separators=(",", ":")),
    ]
    assert len({canonical(parse(one)) for one in spellings}) == 1


@given(values, values)
def test_different_values_are_spelt_differently(one: Any, other: Any) -> None:
    same = canonical(one) == canonical(other)
    assert same == (standard.dumps(one, sort_keys=True) == standard.dumps(other, sort_keys=True))


@given(decimals, decimals)
def test_numbers_are_equal_by_value_whatever_their_digits(one: Decimal, other: Decimal) -> None:
    assert (canonical(one) == canonical(other)) == (one == other)


@pytest.mark.parametrize(
    "spellings",
    [
        ["1", "1.0", "1e0", "10E-1", "0.1e+1"],
        ["0", "-0", "0.0", "0e5", "-0.0"],
        ["1000000000000000", "1e15", "1.0E15"],
        ["1.5", "1.50", "15e-1", "0.15E1"],
        ["-12.30", "-123e-1"],
        ["1e1000000", "10e999999"],
    ],
)
def test_one_number_in_several_spellings(spellings: list[str]) -> None:
    assert len({canonical(parse(one)) for one in spellings}) == 1


@pytest.mark.parametrize(
    "spellings",
    [
        ["1", "true", '"1"', "[1]", "1.0000000000000000000000000000001"],
        ["1.00000000000000000000000000001", "1.00000000000000000000000000002"],
        ["1e1000000", "1e1000001", "-1e1000000", "1e-1000000"],
        ["null", "{}", "[]", '""', "false", "0"],
    ],
)
def test_several_values(spellings: list[str]) -> None:
    assert len({canonical(parse(one)) for one in spellings}) == len(spellings)


def test_fractions_are_exact() -> None:
    assert parse("[0.1, 1250.50]") == [Decimal("0.1"), Decimal("1250.50")]
    assert str(parse("1250.50")) == "1250.50"


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "{",
        "nul",
        "{} {}",
        "[1,]",
        "'x'",
        "NaN",
        "[Infinity]",
        '{"a": -Infinity}',
        '{"a": 1, "a": 1}',
        '[{"b": {"a": 1, "a": 2}}]',
        '"\\ud800"',
        '{"\\udfff": 1}',
        b"\xff",
        b"\xed\xa0\x80",
        b'\xff\xfe"\x00',
        "[" * 100_000,
        "9" * 5000,
        "1e99999999999999999999",
        "1e-99999999999999999999",
        '"\t"',
        "\ufeff{}",
    ],
)
def test_what_is_not_json(body: str | bytes) -> None:
    with pytest.raises(InvalidBodyError):
        parse(body)


@given(st.text() | st.binary())
def test_noise_is_a_value_or_refused(body: str | bytes) -> None:
    try:
        value = parse(body)
    except InvalidBodyError:
        return
    assert canonical(value) == canonical(parse(canonical(value)))


@pytest.mark.parametrize("nest", ["[{}]", '{{"a": {}}}'])
def test_depth(nest: str) -> None:
    def nested(levels: int) -> str:
        body = "0"
        for _ in range(levels - 1):
            body = nest.replace("{}", body, 1) if nest == "[{}]" else f'{{"a": {body}}}'
        return body

    assert parse(nested(MAX_DEPTH)) is not None
    with pytest.raises(InvalidBodyError):
        parse(nested(MAX_DEPTH + 1))


def test_half_a_pair_is_refused_and_a_whole_one_is_not() -> None:
    assert parse('"\\ud83d\\ude00"') == "😀"
