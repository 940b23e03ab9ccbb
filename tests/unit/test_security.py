"""Each row of the threat model names a test, and the test is there."""

import re

import pytest

from tests.support.citations import ROOT, cited, missing

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
MODEL = TEXT.partition("## What stops them")[2].partition("## What is not covered")[0]
CHAPTERS = re.split(r"^### ", MODEL, flags=re.MULTILINE)[1:]


def rows(chapter: str) -> list[str]:
    lines = [line for line in chapter.splitlines() if line.startswith("|")]
    return lines[2:]


def test_all_ten_are_there() -> None:
    assert [chapter.split()[0] for chapter in CHAPTERS] == [f"API{n}" for n in range(1, 11)]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=[one.partition("\n")[0] for one in CHAPTERS])
def test_each_row_names_a_test_that_is_there(chapter: str) -> None:
    assert rows(chapter)
    for row in rows(chapter):
        assert len(cited(row)) == 1, row
    assert missing(chapter) == []
