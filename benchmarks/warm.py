"""`python -m benchmarks.warm [--routes TEXT]`: what a request computes, beside its calls."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial

from benchmarks import routes, seeding
from benchmarks import stack as stacks
from benchmarks.functions import Event, load
from benchmarks.measuring import UnexpectedAnswerError, target
from benchmarks.raw import Compared, compare
from benchmarks.scenarios import SCENARIOS, Scenario
from benchmarks.tables import table
from benchmarks.world import World, found

LARGEST_PAGE = 100

Row = tuple[str, Compared]


def main() -> int:
    arguments = _parser().parse_args()
    functions = load()
    with stacks.stack() as stack:
        deployment = stacks.deployment(stack, functions)
        world = found(deployment, stack, "Northwind", teams=2)
        routes.prepare(world)
        full = seeding.seed(found(deployment, stack, "Full", teams=2), LARGEST_PAGE)
        asked = [*((world, one) for one in SCENARIOS), *((full, one) for one in _pages())]
        rows, failures = measure([one for one in asked if arguments.routes in one[1].title])
    print(comparison_table(rows))
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    return 1 if failures else 0


def measure(asked: Sequence[tuple[World, Scenario]]) -> tuple[list[Row], list[str]]:
    """Scenarios of routes beside their calls, and what did not get the answer it should."""
    rows, failures = [], []
    for world, scenario in asked:
        answering = target(world.deployment, scenario.name)
        if answering.route is None:
            continue
        try:
            rows.append((scenario.title, compare(answering, scenario.event(world))))
        except UnexpectedAnswerError as error:
            failures.append(f"{scenario.title}: {error}")
    return rows, failures


def comparison_table(rows: Sequence[Row]) -> str:
    return table(
        "Routes: computing, beside their calls",
        "Milliseconds of processor time: of the whole request, and of the same calls made by bare "
        "botocore; an engine that answers at once stands in. `least`: the ratio of the quickest.",
        ["route", "calls", "request", "raw calls", "above", "ratio", "least"],
        [
            [
                title,
                one.calls,
                _exact(one.handler),
                _exact(one.raw),
                _exact(one.above),
                _exact(one.ratio),
                _exact(one.least),
            ]
            for title, one in rows
        ],
    )


def _exact(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.2f}"


def _pages() -> list[Scenario]:
    """Pages of few rows and of many: what one row takes."""
    return [
        Scenario(f"GET /api/{several}", partial(_page, several, size), f"page of {size}")
        for several in ("documents", "deals", "activities")
        for size in (10, LARGEST_PAGE)
    ]


def _page(several: str, size: int, world: World) -> Event:
    return world.admin.get(f"/api/{several}", limit=str(size))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.warm", description=__doc__)
    parser.add_argument("--routes", default="", help="only those that have this in their title")
    return parser


if __name__ == "__main__":
    sys.exit(main())
