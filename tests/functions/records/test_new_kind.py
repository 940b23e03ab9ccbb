"""A seventh kind of records needs its own package, one entry in the registry and a function."""

import subprocess
import sys

import pytest

from local.settings import ROOT

pytestmark = pytest.mark.thorough


def test_a_new_kind_needs_no_other_file() -> None:
    """In a process of its own, because the registry is read when it is imported."""
    plugin, tests = "tests.support.new_kind.registration", "tests/functions/records/new_kind.py"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", plugin, tests]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "8 passed" in done.stdout
