"""The page of what the machines showed is what they showed."""

import pytest

from tests.assurance import document, figures
from tests.support.citations import cited, missing

TEXT = document.PATH.read_text(encoding="utf-8")


def test_its_figures_are_those_of_the_last_runs() -> None:
    assert document.rendered(TEXT, figures.load()) == TEXT


def test_each_machine_that_has_run_stands_in_it() -> None:
    assert sorted(document.named(TEXT)) == sorted(figures.load())


def test_each_defect_names_its_test() -> None:
    table = TEXT.partition("## Findings")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    assert rows
    for row in rows:
        assert len(cited(row)) == 1, row
    assert missing(TEXT) == []


def test_a_machine_that_has_never_run_cannot_be_shown() -> None:
    with pytest.raises(KeyError):
        document.rendered("<!-- figures: nobody -->\n<!-- end -->", {})
