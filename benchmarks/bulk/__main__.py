"""`python -m benchmarks.bulk [--rows 1000] [--sizes 1000,10000]`."""

import argparse
import sys
import time

from benchmarks import stack as stacks
from benchmarks.bulk import exports, imports
from benchmarks.functions import load
from benchmarks.world import World, found

ROWS = 1000
SIZES = "1000,10000"
STARTED = time.monotonic()


def main() -> int:
    arguments = _parser().parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",") if size]
    functions = load()
    _say("starting a stack")
    with stacks.stack() as stack:
        deployment = stacks.deployment(stack, functions)
        world = found(deployment, stack, "Northwind", teams=0)
        measured = _import(world, arguments.rows) if arguments.rows else []
        for size in sizes:
            _say(f"an organization of {size:,} deals")
            there = found(deployment, stack, f"Organization of {size}", teams=3)
            exports.seed_deals(there, size)
            measured += exports.measure(there, "deals", "deal", size, _say)
        if measured:
            print(exports.speed_table(measured))
            print(exports.counts_table(measured))
        _say("stopping the stack")
    failures = exports.too_large(measured)
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    return 1 if failures else 0


def _import(world: World, rows: int) -> list[exports.Measured]:
    """Measure imports; answers the export of the contacts that they have written."""
    measured, there = imports.measure(world, rows, _say)
    print(imports.speed_table(measured))
    print(imports.counts_table(measured))
    print(imports.cost_table(measured), flush=True)
    return exports.measure(there, "contacts", "entity", rows, _say)


def _say(what: str) -> None:
    """Progress, with the seconds since the start, apart from the tables."""
    print(f"{time.monotonic() - STARTED:6.1f} s  {what}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows to import; 0: no imports")
    parser.add_argument("--sizes", default=SIZES, help="records to export; empty: no exports")
    return parser


if __name__ == "__main__":
    sys.exit(main())
