"""The faults that are planted to try the tests fit the present code."""

import ast
from pathlib import Path

import pytest

from tests.assurance.planted.faults import FAULTS, Fault
from tests.assurance.planted.tree import Tree

ROOT = Path(__file__).resolve().parents[2]

each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 40


@each_fault
def test_what_a_fault_changes_stands_there_once(fault: Fault) -> None:
    assert (ROOT / fault.file).read_text().count(fault.old) == 1


@each_fault
def test_a_fault_is_in_what_runs_and_leaves_it_readable(fault: Fault) -> None:
    assert fault.file == "template.yaml" or fault.file.startswith(("layers/crm/", "functions/"))
    faulty = (ROOT / fault.file).read_text().replace(fault.old, fault.new)
    assert faulty != (ROOT / fault.file).read_text()
    if fault.file.endswith(".py"):
        ast.parse(faulty)


@each_fault
def test_the_tests_to_be_tried_first_are_there(fault: Fault) -> None:
    assert fault.first
    for test in fault.first:
        file, *names = test.split("::")
        told = (ROOT / file).read_text()
        assert [name for name in names if f" {name}(" not in told and f" {name}:" not in told] == []


def test_a_copy_runs_its_own_code_and_has_a_fault_only_while_it_is_planted(tmp_path: Path) -> None:
    fault = FAULTS[0]
    tree = Tree(tmp_path)  # It proves itself whose code runs.
    sound = (ROOT / fault.file).read_text()
    with tree.planted(fault):
        assert (tmp_path / fault.file).read_text() == sound.replace(fault.old, fault.new)
        assert (ROOT / fault.file).read_text() == sound
        with pytest.raises(ValueError, match="stands 0 times"), tree.planted(fault):
            pass
    assert (tmp_path / fault.file).read_text() == sound


def test_a_copy_has_the_page_that_is_built(tmp_path: Path) -> None:
    page = "functions/api/docs/docs.html"
    Tree(tmp_path)
    assert (tmp_path / page).read_bytes() == (ROOT / page).read_bytes()
