"""The tests, as they are run over a copy of the tree: up to the first that fails."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tests.assurance.planted.tree import Tree

TIMED_OUT = "time"
"""Stands for the test that failed where none came to an end."""

_FAILED = re.compile(r"^(?:FAILED|ERROR) (?P<test>tests/\S+?\.py::\w+(?:::\w+)*)", re.MULTILINE)
_NONE_LEFT = 5
_SELF = "tests/unit/test_planted.py"
"""It looks for the text that the fault has replaced."""


@dataclass(frozen=True)
class Stage:
    """Some of the tests.

    Attributes:
        name: of it.
        arguments: that make pytest choose them.
        seconds: that they may take.
        is_long: several are worth being run at a time.
    """

    name: str
    arguments: Sequence[str]
    seconds: float
    is_long: bool = False


@dataclass(frozen=True)
class Outcome:
    """The outcome of a stage.

    Attributes:
        failed: the first test that failed, its parameters aside; None if all are green.
        seconds: it took.
        told: what pytest said.
    """

    failed: str | None
    seconds: float
    told: str


_NO_STACK = "--ignore=tests/integration"
QUICK = Stage("quick", [_NO_STACK, "-m", "not thorough"], 2400, is_long=True)
THOROUGH = Stage("thorough", [_NO_STACK, "-m", "thorough"], 7200, is_long=True)


def named(tests: Sequence[str]) -> Stage:
    """Some tests, by what pytest calls them or their files, thorough ones too."""
    return Stage("first", [*tests, "-m", ""], 900)


def run(tree: Tree, stage: Stage, workers: int, unstable: Collection[str] = ()) -> Outcome:
    """Run tests up to the first that fails.

    Args:
        tree: over which.
        stage: which.
        workers: how many at a time; 0 for one, without a process of its own.
        unstable: tests that fail without a fault too; they are left out.

    Raises:
        RuntimeError: the tests cannot be run, so that nothing can be said.
    """
    left_out = [f"--deselect={one}" for one in unstable]
    command = [
        *(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-rfE"),
        *("-p", "tests.assurance.planted.unshrunk"),
        *("--no-header", "--tb=short", f"--numprocesses={workers}", f"--ignore={_SELF}"),
        *stage.arguments,
        *left_out,
    ]
    started = time.monotonic()
    told, code = _told(command, tree, stage.seconds)
    seconds = time.monotonic() - started
    if code is None:
        return Outcome(TIMED_OUT, seconds, told)
    found = _FAILED.search(told)
    if found is None and code not in {0, _NONE_LEFT}:
        raise RuntimeError(f"pytest ended with {code}:\n{told[-5000:]}")
    return Outcome(found["test"] if found else None, seconds, told)


def _told(command: Sequence[str], tree: Tree, seconds: float) -> tuple[str, int | None]:
    """Return the output and the exit code of a command; None if it was killed."""
    process = subprocess.Popen(
        command,
        cwd=tree.path,
        env=tree.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        return process.communicate(timeout=seconds)[0], process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0], None
