"""Cursors: what was sealed comes back, and nothing else does."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.http.cursor import Cursor, binding, seal, unseal
from crm.platform.errors import BadCursorError

SECRET, NOW = b"s" * 32, 1_000_000
ALPHABET = string.ascii_letters + string.digits + "-_=+/ "

cursors = st.builds(
    Cursor, st.text(), st.integers(0, 1000), st.booleans(), st.integers(NOW + 1, 2**40)
)
bindings = st.tuples(
    st.text(), st.text(), st.text(), st.dictionaries(st.text(), st.text(), max_size=3)
)


@given(cursors, bindings)
def test_it_comes_back(cursor: Cursor, bound: tuple[str, str, str, dict[str, str]]) -> None:
    text = seal(cursor, binding(*bound), SECRET)
    assert unseal(text, binding(*bound), SECRET, NOW) == cursor
    assert set(text) <= set(ALPHABET[:-4])


def test_every_alteration_of_one_character_is_refused() -> None:
    bound = binding("org", "user", "/api/x", {"status": "active"})
    text = seal(Cursor("01a1ffdb", 7, True, NOW + 60), bound, SECRET)
    altered = {
        text[:index] + letter + text[index + 1 :]
        for index in range(len(text))
        for letter in ALPHABET
    }
    cut = {text[:index] for index in range(len(text))}
    longer = {text + letter for letter in ALPHABET} | {letter + text for letter in ALPHABET}
    for bad in (altered | cut | longer) - {text}:
        with pytest.raises(BadCursorError):
            unseal(bad, bound, SECRET, NOW)


@given(cursors, bindings, bindings)
def test_it_holds_good_for_nothing_else(
    cursor: Cursor,
    bound: tuple[str, str, str, dict[str, str]],
    other: tuple[str, str, str, dict[str, str]],
) -> None:
    text = seal(cursor, binding(*bound), SECRET)
    if bound != other:
        with pytest.raises(BadCursorError):
            unseal(text, binding(*other), SECRET, NOW)
    with pytest.raises(BadCursorError):
        unseal(text, binding(*bound), b"another secret", NOW)


@pytest.mark.parametrize(("later", "good"), [(59, True), (60, False), (61, False)])
def test_it_expires(later: int, good: bool) -> None:
    cursor, bound = Cursor("p", 1, True, NOW + 60), binding("o", "u", "/", {})
    text = seal(cursor, bound, SECRET)
    if good:
        assert unseal(text, bound, SECRET, NOW + later) == cursor
    else:
        with pytest.raises(BadCursorError):
            unseal(text, bound, SECRET, NOW + later)


@given(st.text())
def test_noise_is_refused(text: str) -> None:
    with pytest.raises(BadCursorError):
        unseal(text, binding("o", "u", "/", {}), SECRET, NOW)


def test_the_order_of_filters_does_not_matter() -> None:
    one, two = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}
    assert binding("o", "u", "/", one) == binding("o", "u", "/", two)
