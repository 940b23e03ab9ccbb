"""Histories with faults below the store come out as the contract says: the short run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.assurance.model.injector import KINDS

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[2]

HISTORIES, STEPS, SEED = 50, 20, 9


def test_what_was_answered_is_what_there_is() -> None:
    """In processes of its own, as the long run is: other tests have this one on another store."""
    options = f"--histories {HISTORIES} --steps {STEPS} --seed {SEED} --no-figures".split()
    done = subprocess.run(
        [sys.executable, "-m", "tests.assurance.model", *options],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    counts = json.loads(done.stdout)
    assert counts["histories"] >= HISTORIES
    assert {kind for kind in KINDS if counts.get(f"faults: {kind}")} == set(KINDS)
    told = ("lists", "repetitions", "uploads", "writes", "overtaken: call", "overtaken: held")
    assert not {name for name in told if name not in counts}
