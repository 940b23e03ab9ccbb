"""No route, list or function costs more than `docs/cost.md` says."""

import subprocess
import sys

from local.settings import ROOT


def test_nothing_costs_more_than_is_kept() -> None:
    command = [sys.executable, "-m", "benchmarks.costs", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
