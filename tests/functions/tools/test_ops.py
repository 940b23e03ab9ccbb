"""Messages to an operator about an unusable stack on AWS."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from moto.core import set_initial_no_auth_action_count

from tools.ops.__main__ import main

ORGANIZATION = "01a1ffdb-0000-7000-8000-000000000000"
RECOUNT, REDRIVE = ["recount", ORGANIZATION], ["redrive", "projections"]
RESCUE = ["rescue", ORGANIZATION, "records", "bookkeeping", "archive.zip"]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[list[str]], int]:
    """Give a command for a stack on AWS, where there is none."""
    monkeypatch.chdir(tmp_path)

    def given(command: list[str]) -> int:
        monkeypatch.setattr(sys, "argv", ["tools.ops", *command, "--stack", "nothing"])
        return main()

    return given


@pytest.mark.parametrize(
    ("command", "missing"),
    [(RECOUNT, "function nothing-recount"), (REDRIVE, "stack nothing"), (RESCUE, "stack nothing")],
    ids=["recount", "redrive", "rescue"],
)
def test_a_stack_that_does_not_exist(
    say: Callable[[list[str]], int],
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    missing: str,
) -> None:
    assert say(command) == 1
    assert capsys.readouterr().err == f"error: there is no {missing}\n"


@pytest.mark.parametrize(
    "command", [RECOUNT, REDRIVE, RESCUE], ids=["recount", "redrive", "rescue"]
)
@set_initial_no_auth_action_count(0)
def test_credentials_that_are_good_for_nothing(
    say: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """They are not taken for a stack that is missing, and end in no traceback."""
    assert say(command) == 1
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert "there is no" not in told
