"""`python -m benchmarks.costs [--check | --write | --only SECTION ...]`.

It measures all sections, or only some, keeps the figures, and writes the tables of `docs/cost.md`
anew.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks import cold_start, growing, routes, warm
from benchmarks import stack as stacks
from benchmarks.costs import document, ledger, money, storage
from benchmarks.costs.ledger import Figures, Ledger, Route, Start, Warm
from benchmarks.functions import load
from benchmarks.measuring import Counts
from benchmarks.world import World, found

SIZES = (1_000, 10_000, 100_000)
CHECKED_SIZES = (1_000,)
CHECKED = ("routes", "lists", "functions")
STARTED = time.monotonic()

Section = dict[str, Any]


def main() -> int:
    arguments = _parser().parse_args()
    if arguments.check:
        return _check(_counted())
    if not arguments.write:
        for measured in _measured(arguments.only, SIZES):
            _keep(measured)
    document.PATH.write_text(document.rendered(document.PATH.read_text(), ledger.load()))
    return 0


def _counted() -> Ledger:
    """What is the same on every machine."""
    counted: Section = {}
    for measured in _measured(CHECKED, CHECKED_SIZES):
        counted |= measured
    return Ledger(**counted)


def _check(measured: Ledger) -> int:
    """Compare with what is kept; answers the status to end with."""
    problems = list(ledger.regressions(ledger.load(), measured))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def _keep(measured: Section) -> None:
    """Put new figures in the place of those that are kept. What routes cost before stays."""
    kept = ledger.load()
    for title, route in measured.get("routes", {}).items():
        route.before = kept.routes[title].before if title in kept.routes else None
    ledger.save(kept.model_copy(update=measured))


def _measured(sections: Sequence[str], sizes: Sequence[int]) -> Iterator[Section]:
    """Sections in an organization of their own each, on one stack."""
    with stacks.stack() as stack:
        deployment = stacks.deployment(stack, load())
        for name in sections:
            _say(name)
            world = found(deployment, stack, "Northwind", teams=2)
            routes.prepare(world)
            yield SECTIONS[name](world, sizes)


def _routes(world: World, _: Sequence[int]) -> Section:
    measured, failures = routes.measure(world, timed=False)
    if failures:
        raise RuntimeError("\n".join(failures))
    return {
        "routes": {
            one.scenario.title: Route(now=_figures(one.counts), calls=one.counts.steps)
            for one in measured
        }
    }


def _lists(world: World, sizes: Sequence[int]) -> Section:
    return {
        "lists": {
            f"{row.search}, {row.caller}, {row.page}": {
                size: _figures(one.counts) for size, one in row.figures.items() if one
            }
            for row in growing.measure(world.deployment, world.stack, sizes, _say)
        }
    }


def _functions(world: World, _: Sequence[int]) -> Section:
    starts = cold_start.Starter(world).all(timed=False)
    return {
        "modules": {one.name: one.modules for one in starts},
        "layers": cold_start.layer_bytes(world.stack),
    }


def _starts(world: World, _: Sequence[int]) -> Section:
    return {
        "starts": {
            one.name: Start(
                processor=round(one.processor, 1),
                answered=round(min(each.answered for each in one.times), 1),
            )
            for one in cold_start.Starter(world).all(timed=True)
        }
    }


def _warm(world: World, _: Sequence[int]) -> Section:
    rows, failures = warm.measure(world)
    for failure in failures:
        _say(f"left out: {failure}")
    return {
        "warm": {
            title: Warm(request=round(one.handler, 2), calls=round(one.raw, 2))
            for title, one in rows
            if one.calls
        }
    }


def _money(world: World, _: Sequence[int]) -> Section:
    return {"money": money.measure(world), "stored": storage.measure(world)}


SECTIONS: Mapping[str, Callable[[World, Sequence[int]], Section]] = {
    "functions": _functions,
    "starts": _starts,
    "warm": _warm,
    "money": _money,
    "routes": _routes,
    "lists": _lists,
}
"""What can be measured."""


def _say(what: str) -> None:
    """Progress, with the seconds since the start, apart from the tables."""
    print(f"{time.monotonic() - STARTED:6.1f} s  {what}", file=sys.stderr, flush=True)


def _figures(counts: Counts) -> Figures:
    return Figures(trips=counts.round_trips, read=counts.read_units, write=counts.write_units)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.costs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare with what is kept")
    parser.add_argument("--write", action="store_true", help="only write the document anew")
    parser.add_argument(
        "--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="measure only these"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
