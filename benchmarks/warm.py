"""What requests compute, beside their calls."""

from collections.abc import Sequence

from benchmarks.measuring import UnexpectedAnswerError, target
from benchmarks.raw import Compared, compare
from benchmarks.scenarios import SCENARIOS
from benchmarks.tables import table
from benchmarks.world import World

Row = tuple[str, Compared]


def measure(world: World) -> tuple[list[Row], list[str]]:
    """Scenarios of routes beside their calls, and what did not get the answer it should."""
    rows, failures = [], []
    for scenario in SCENARIOS:
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
