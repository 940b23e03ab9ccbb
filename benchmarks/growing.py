"""`python -m benchmarks.growing [--sizes 1000,10000,100000]`.

How lists grow with the organization, as far as anybody likes: the tables are held in memory. The
smallest organization is on the engine too, and has to cost the same there, line by line.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from benchmarks import growth, seeding
from benchmarks import stack as stacks
from benchmarks.functions import Deployment, load
from benchmarks.growth import Figures, Row
from benchmarks.memory import Memory
from benchmarks.world import World, found
from local.process import StackProcess

SIZES = "1000,10000,100000"
MEMBER_TEAMS = 3
STARTED = time.monotonic()


def main() -> int:
    arguments = _parser().parse_args()
    sizes = sorted(int(size) for size in arguments.sizes.split(","))
    with stacks.stack() as stack:
        deployment = stacks.deployment(stack, load())
        rows = measure(deployment, stack, sizes, _say)
        print(growth.counts_table(rows))
        if arguments.unchecked:
            return 0
        _say("the same on the engine")
        smallest = sizes[0]
        compared = seeding.seed(
            found(deployment, stack, "Organization on the engine", teams=MEMBER_TEAMS), smallest
        )
        differences = _differences(rows, growth.measure({smallest: compared}, timed=False))
    for difference in differences:
        print(f"error: {difference}", file=sys.stderr)
    return 1 if differences else 0


def measure(
    deployment: Deployment, stack: StackProcess, sizes: Sequence[int], say: Callable[[str], None]
) -> list[Row]:
    """What lists cost in organizations of so many records of each kind, held in memory.

    Args:
        deployment: answers the requests that found the organizations.
        stack: its user pool knows the people.
        sizes: of the organizations.
        say: is told of progress.
    """
    founder = found(deployment, stack, "Organization with pages", teams=2)
    # The secret that signs cursors is made with the first one, and read once.
    founder.send(founder.admin.get("/api/teams", limit="1"))
    memory = Memory()
    worlds: dict[int, World] = {}
    for size in sizes:
        say(f"an organization of {size:,} records of each kind")
        founded = found(deployment, stack, f"Organization of {size}", teams=MEMBER_TEAMS)
        worlds[size] = seeding.seed_in_memory(founded, size, memory)
    say("lists by size")
    with memory.answering():
        return growth.measure(worlds, timed=False)


def _differences(held: Sequence[Row], stored: Sequence[Row]) -> list[str]:
    """Where the engine tells something else than the tables in memory."""
    told = {_name(row): row.figures for row in stored}
    return [
        f"{_name(row)}: {_told(row.figures, size)} in memory, {_told(figures, size)} on the engine"
        for row in held
        for figures in [told.get(_name(row), {})]
        for size in [min(row.figures)]
        if _told(row.figures, size) != _told(figures, size)
    ]


def _name(row: Row) -> tuple[str, str, str]:
    return row.search, row.caller, row.page


def _told(figures: Mapping[int, Figures | None], size: int) -> tuple[int, float, int | None] | None:
    one = figures.get(size)
    return (one.counts.round_trips, one.counts.read_units, one.found) if one else None


def _say(what: str) -> None:
    """Progress, with the seconds since the start, apart from the tables."""
    print(f"{time.monotonic() - STARTED:6.1f} s  {what}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growing", description=__doc__)
    parser.add_argument("--sizes", default=SIZES, help="records of each kind in the organizations")
    parser.add_argument(
        "--unchecked", action="store_true", help="without the comparison with the engine"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
