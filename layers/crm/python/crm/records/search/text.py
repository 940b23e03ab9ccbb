"""The grams that a text is indexed and searched by: pure functions of text and query.

A text is folded (case, accents, white space) and found by its grams: every three characters in
a row, and, for queries shorter than that, the first one and two characters of each word. A
record is a hit when its postings hold every gram of the query and the folded text really
contains it.
"""

import unicodedata

GRAM_LENGTH = 3
WORD_START = "^"


def fold(text: str) -> str:
    """Return a text in lower case, without accents, with white space runs as one blank.

    NFKD and case folding as in Unicode's caseless matching (The Unicode Standard, 3.13, D146).
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(unicodedata.normalize("NFKD", plain.casefold()).split())


def word_beginnings(folded: str) -> set[str]:
    """Return the first one and two characters of each word; a blank or a sign starts a word."""
    beginnings: set[str] = set()
    for index, letter in enumerate(folded):
        before = folded[index - 1] if index else " "
        if letter != " " and (before == " " or (letter.isalnum() and not before.isalnum())):
            beginnings.add(letter)
            beginnings.add(folded[index : index + 2].strip())
    return beginnings


def grams_of_text(folded: str) -> set[str]:
    """Return all grams that a folded text can be found by."""
    last = len(folded) - GRAM_LENGTH + 1
    grams = {folded[index : index + GRAM_LENGTH] for index in range(last)}
    return grams | {WORD_START + beginning for beginning in word_beginnings(folded)}


def grams_of_query(folded: str) -> set[str]:
    """Return the grams that a text must have to contain the folded query; none for an empty query.

    Overlapping grams would cost a query each and narrow little: every third gram is enough, with
    the last one, so that each character of the query is covered.
    """
    if not folded:
        return set()
    if len(folded) < GRAM_LENGTH:
        return {WORD_START + folded}
    last = len(folded) - GRAM_LENGTH
    starts = {*range(0, last + 1, GRAM_LENGTH), last}
    return {folded[start : start + GRAM_LENGTH] for start in starts}


def matches(folded: str, folded_query: str) -> bool:
    """Return whether a text contains the query or, for a short query, a word starts with it."""
    if len(folded_query) < GRAM_LENGTH:
        return not folded_query or folded_query in word_beginnings(folded)
    return folded_query in folded
