"""JSON merge patch, after RFC 7396."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from crm.platform.errors import ValidationFailedError
from crm.platform.fields import Input
from crm.platform.merge_patch import Patch, merge

APPENDIX_A = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]

names = st.sampled_from("abcd")
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=10,
)
full = st.recursive(
    scalars.filter(lambda one: one is not None),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize(("target", "patch", "result"), APPENDIX_A)
def test_the_examples_of_the_rfc(target: Any, patch: Any, result: Any) -> None:
    assert merge(target, patch) == result


@given(values, values)
def test_neither_argument_is_changed(target: Any, patch: Any) -> None:
    before = deepcopy((target, patch))
    merge(target, patch)
    assert (target, patch) == before


@given(values, values)
def test_twice_is_once(target: Any, patch: Any) -> None:
    once = merge(target, patch)
    assert merge(once, patch) == once


@given(st.dictionaries(names, full, max_size=4), st.dictionaries(names, values, max_size=4))
def test_only_named_members_change(target: dict[str, Any], patch: dict[str, Any]) -> None:
    result = merge(target, patch)
    for name in "abcd":
        if name not in patch:
            assert result.get(name) == target.get(name)
            assert (name in result) == (name in target)
        elif patch[name] is None:
            assert name not in result


@given(st.dictionaries(names, full, max_size=4), st.dictionaries(names, full, max_size=4))
def test_between_any_two_objects_there_is_a_patch(old: dict[str, Any], new: dict[str, Any]) -> None:
    def difference(one: Any, other: Any) -> Any:
        if not isinstance(one, dict) or not isinstance(other, dict):
            return other
        gone = dict.fromkeys(one.keys() - other.keys())
        return gone | {name: difference(one.get(name), value) for name, value in other.items()}

    assert merge(old, difference(old, new)) == new


class Whole(Input):
    """The writable fields."""

    name: str
    note: str | None = None
    tags: list[str] = Field(default_factory=list)


class Held(BaseModel):
    """The stored fields."""

    id: str = "1"
    name: str = "Brook"
    note: str | None = "kept"
    tags: list[str] = Field(default_factory=lambda: ["a"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Whole(name="Brook", note="kept", tags=["a"])),
        ({"name": "Creek"}, Whole(name="Creek", note="kept", tags=["a"])),
        ({"note": None}, Whole(name="Brook", note=None, tags=["a"])),
        ({"tags": None}, Whole(name="Brook", note="kept", tags=[])),
        ({"tags": ["b"]}, Whole(name="Brook", note="kept", tags=["b"])),
    ],
)
def test_over_a_record(changes: Any, expected: Whole) -> None:
    assert Patch(Whole, changes).over(Held()) == expected


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": None}, "name"),
        ({"id": "2"}, "id"),
        ({"tags": "a"}, "tags"),
        ({"colour": "red"}, "colour"),
        ({"colour": None}, "colour"),
        ({"id": None}, "id"),
    ],
)
def test_what_comes_out_is_validated_as_a_whole(changes: Any, field: str) -> None:
    with pytest.raises(ValidationFailedError) as caught:
        Patch(Whole, changes).over(Held())
    assert [error.field for error in caught.value.errors] == [field]


@pytest.mark.parametrize("changes", [None, [], "text", 1])
def test_a_patch_is_an_object(changes: Any) -> None:
    with pytest.raises(ValidationFailedError):
        Patch(Whole, changes)


@pytest.mark.parametrize(
    ("value", "text", "record_id"),
    [
        ("01a201e5-ca2e-7390-8460-a059f98c64d7", True, True),
        ("01A201E5-CA2E-7390-8460-A059F98C64D7", True, False),
        ("deal", True, False),
        ("", True, False),
        (None, False, False),
        (7, False, False),
        (["deal"], False, False),
        ({"id": "deal"}, False, False),
    ],
)
def test_what_it_names_before_it_is_validated(value: Any, text: bool, record_id: bool) -> None:
    patch = Patch(Whole, {"name": value})
    assert patch.named_text("name") == (value if text else None)
    assert patch.named_id("name") == (value if record_id else None)
    assert patch.clears("name") is (value is None)


def test_what_it_does_not_name() -> None:
    patch = Patch(Whole, {})
    assert (patch.named_text("name"), patch.named_id("name")) == (None, None)
    assert not patch.clears("name")
