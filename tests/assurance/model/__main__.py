"""`python -m tests.assurance.model`: as many histories as there is time for."""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing import get_context

from tests.assurance import figures
from tests.assurance.model.running import Run, run

CHUNK = 50
"""Histories of one process. Their tables go with it."""


def main(arguments: Sequence[str]) -> int:
    """Run histories, and keep what they came to; 1 if one of them was not as the model says."""
    parser = argparse.ArgumentParser(prog="python -m tests.assurance.model", description=__doc__)
    parser.add_argument("--histories", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=50, help="of each history")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--no-shrinking", action="store_true", help="show a failure as it is")
    parser.add_argument("--no-figures", action="store_true", help="keep none")
    options = parser.parse_args(arguments)
    chunk = min(CHUNK, -(-options.histories // options.processes))
    runs = [
        Run(
            histories=min(chunk, options.histories - begun),
            steps=options.steps,
            seed=options.seed * 1_000_000 + begun,
            shrinks=not options.no_shrinking,
        )
        for begun in range(0, options.histories, chunk)
    ]
    started, counts, failure = time.monotonic(), Counter[str](), ""
    # Each begins as a process of its own: engine and clients are not made to be forked.
    context = get_context("spawn")
    with context.Pool(options.processes, maxtasksperchild=1) as pool:
        for counted, failure in pool.imap_unordered(run, runs):
            counts += counted
            sys.stderr.write(
                f"{counts['histories']} histories, {time.monotonic() - started:.0f} s\n"
            )
            if failure:
                break
    seconds = time.monotonic() - started
    sys.stdout.write(json.dumps({"seconds": round(seconds), **counts}, sort_keys=True) + "\n")
    sys.stdout.write(failure)
    if not failure and not options.no_figures:
        figures.keep("model", options.seed, counts, seconds)
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
