"""`python -m benchmarks [--counts-only] [--sizes 100,1000,10000]`."""

import argparse
import sys
import time
from collections.abc import Sequence

from benchmarks import cold_start, growth, routes, seeding, warm
from benchmarks import stack as stacks
from benchmarks.functions import Deployment, Function, load
from benchmarks.scenarios import unmatched
from benchmarks.world import found
from local.process import StackProcess

SIZES = "100,1000,10000"
MEMBER_TEAMS = 3
STARTED = time.monotonic()


def main() -> int:
    arguments = _parser().parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    functions = load()
    if problems := unmatched(functions):
        print("\n".join(f"error: {problem}" for problem in problems), file=sys.stderr)
        return 1
    _say("starting a stack")
    with stacks.stack() as stack:
        failures = _measure(stack, functions, sizes, timed=not arguments.counts_only)
        _say("stopping the stack")
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    return 1 if failures else 0


def _measure(
    stack: StackProcess, functions: Sequence[Function], sizes: Sequence[int], *, timed: bool
) -> list[str]:
    """Measure everything, then print it: counts before times. Answers what went wrong.

    The large organizations come last: they slow the engine's snapshots down.
    """
    deployment = stacks.deployment(stack, functions)
    world = found(deployment, stack, "Northwind", teams=2)
    _say("routes")
    routes.prepare(world)
    measured, failures = routes.measure(world, timed=timed)
    compared: list[warm.Row] = []
    if timed:
        _say("routes beside their calls")
        compared, unlike = warm.measure(world)
        failures += unlike
    _say("cold starts")
    starts = cold_start.Starter(world).all(timed=timed)
    rows = _grow(deployment, stack, sizes, timed=timed)
    print(routes.counts_table(measured))
    print(growth.counts_table(rows))
    print(cold_start.counts_table(starts))
    if timed:
        print(routes.times_table(measured))
        print(warm.comparison_table(compared))
        print(growth.times_table(rows))
        print(cold_start.times_table(starts))
    return failures


def _grow(
    deployment: Deployment, stack: StackProcess, sizes: Sequence[int], *, timed: bool
) -> list[growth.Row]:
    worlds = {}
    for size in sizes:
        _say(f"an organization of {size:,} documents, deals and activities")
        founded = found(deployment, stack, f"Organization of {size}", teams=MEMBER_TEAMS)
        worlds[size] = seeding.seed(founded, size)
    _say("lists by size")
    return growth.measure(worlds, timed=timed)


def _say(what: str) -> None:
    """Progress, with the seconds since the start, apart from the tables."""
    print(f"{time.monotonic() - STARTED:6.1f} s  {what}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--counts-only", action="store_true", help="no times: what is the same on every machine"
    )
    parser.add_argument("--sizes", default=SIZES, help="records in the organizations")
    return parser


if __name__ == "__main__":
    sys.exit(main())
