"""Matches of texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.records.search.text import GRAM_LENGTH, fold, grams_of_query, grams_of_text, matches

texts = st.text(max_size=40) | st.text("aAäÄ ßéœ-'ﬁ1½ 　\t", max_size=40)


@st.composite
def substrings(draw: st.DrawFn) -> tuple[str, str]:
    """A text and any stretch of it, as somebody might type it."""
    text = draw(texts)
    start = draw(st.integers(0, len(text)))
    return text, text[start : draw(st.integers(start, len(text)))]


@given(substrings())
def test_any_stretch_of_three_characters_finds_its_text(pair: tuple[str, str]) -> None:
    text, query = fold(pair[0]), fold(pair[1])
    if len(query) >= GRAM_LENGTH:
        assert matches(text, query)
        assert grams_of_query(query) <= grams_of_text(text)


@given(substrings())
def test_case_and_accents_do_not_matter(pair: tuple[str, str]) -> None:
    text, query = pair
    if len(fold(query)) >= GRAM_LENGTH:
        for other in (query.upper(), query.lower(), query.swapcase(), f"  {query}\n"):
            assert matches(fold(text), fold(other)) == (fold(other) in fold(text))
            assert fold(other) == fold(query)


@given(texts, texts)
def test_whatever_matches_is_found_by_its_grams(text: str, query: str) -> None:
    """The postings never hide what the text itself would show."""
    if matches(fold(text), fold(query)):
        assert grams_of_query(fold(query)) <= grams_of_text(fold(text))


@given(texts)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(min_size=GRAM_LENGTH, max_size=40).map(fold).filter(lambda one: len(one) > 2))
def test_a_query_costs_about_a_third_of_its_length_and_covers_it(query: str) -> None:
    grams = grams_of_query(query)
    assert len(grams) <= len(query) // GRAM_LENGTH + 1
    assert set(query) == {letter for gram in grams for letter in gram}


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Größe", "grosse"),
        ("  Ça  va\t? ", "ca va ?"),
        ("ＦＵＬＬ", "full"),
        ("İstanbul", "istanbul"),
        ("ﬁnal", "final"),
        ("Ελλάς", "ελλασ"),
        ("e\u0301te\u0301", "ete"),
        ("Łódź", "łodz"),
        ("\u00a0x\u2003y", "x y"),
        ("", ""),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("Sales plan", "s", True),
        ("Sales plan", "pl", True),
        ("Sales plan", "a", False),
        ("Sales plan", "an", False),
        ("Sales-plan", "pl", True),
        ("(plan)", "pl", True),
        ("(plan)", "(p", True),
        ("Ödön", "od", True),
        ("a b", "b", True),
        ("x", "xy", False),
        ("v2.0", "0", True),
        ("Sales plan", "", True),
        ("", "a", False),
        ("Sales plan", "s p", True),
        ("Sales plan", "lesp", False),
        ("a^bc", "bc", True),
    ],
)
def test_short_queries_are_beginnings_of_words(text: str, query: str, found: bool) -> None:
    assert matches(fold(text), fold(query)) is found
    if found:
        assert grams_of_query(fold(query)) <= grams_of_text(fold(text))


def test_an_empty_query_asks_for_nothing() -> None:
    assert grams_of_query(fold(" \t ")) == set()
