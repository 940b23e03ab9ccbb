import argparse
import math
import sys
import tempfile
import time
from pathlib import Path

from local.process import StackProcess
from tests.assurance import figures
from tests.assurance.linearity.run import Figures, run
from tests.support.integration.client import Brook

EVERY = 50


def main() -> int:
    """Make and check many histories on a stack of its own; keep the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.assurance.linearity")
    parser.add_argument("--histories", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=math.inf, help="make no more after these")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        stack = StackProcess(Path(directory))
        stack.start()
        try:
            return _run(stack, said.histories, said.seed, said.seconds)
        finally:
            stack.stop()


def _run(stack: StackProcess, histories: int, seed: int, seconds: float) -> int:
    started = time.monotonic()
    found, told = Figures(), 0
    with Brook(stack) as brook:
        for found in run(brook, histories, seed):
            for line in found.wrong[told:]:
                sys.stderr.write(f"{line}\n")
            told = len(found.wrong)
            done, gone = found.counts["histories"], time.monotonic() - started
            if done % EVERY == 0:
                sys.stderr.write(f"{done} histories, {len(found.wrong)} wrong, {gone:.0f} s\n")
            if gone > seconds:
                break
    if found.wrong:
        return 1
    figures.keep("linearity", seed, found.counts, time.monotonic() - started)
    return 0


if __name__ == "__main__":
    sys.exit(main())
