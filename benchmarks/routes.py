"""What each route costs: the first tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import stream
from benchmarks.measuring import Counts, Times, UnexpectedAnswerError, target
from benchmarks.scenarios import SCENARIOS, Scenario
from benchmarks.tables import table
from benchmarks.world import World
from crm.related.activities.schemas import Activity
from crm.sales.deals.schemas import Deal

REPEAT = 40
ENOUGH_FOR_A_NEXT_PAGE = 12


@dataclass(frozen=True)
class Measured:
    """One scenario's figures; no times if none were wanted."""

    scenario: Scenario
    counts: Counts
    times: Times | None


def prepare(world: World) -> None:
    """Fill the first pages and the sums, and let the process remember what a warm one does."""
    entity = world.entity()
    for number in range(ENOUGH_FOR_A_NEXT_PAGE):
        owner = world.people[number % 2]
        world.document()
        stream.follow(world, Deal, world.deal(entity_id=entity, assigned_to=owner))
        stream.follow(world, Activity, world.activity(assigned_to=owner))
    world.send(world.member.get("/api/documents"))


def measure(world: World, *, timed: bool) -> tuple[list[Measured], list[str]]:
    """All scenarios, and the names of those that did not get the answer they should.

    All are counted before any is timed: the repetitions leave records behind.
    """
    counted: dict[Scenario, Counts] = {}
    failures = []
    for scenario in SCENARIOS:
        try:
            counted[scenario] = target(world.deployment, scenario.name).count(scenario.event(world))
        except UnexpectedAnswerError as error:
            failures.append(f"{scenario.title}: {error}")
    measured = [
        Measured(scenario, counts, _time(world, scenario) if timed else None)
        for scenario, counts in counted.items()
    ]
    return measured, failures


def _time(world: World, scenario: Scenario) -> Times:
    return target(world.deployment, scenario.name).time(lambda: scenario.event(world), REPEAT)


def counts_table(measured: Sequence[Measured]) -> str:
    return table(
        "Routes: calls and capacity",
        "`trips`: calls that wait for one another, those that may overlap counted once. "
        "`[n]`: items in one call. In the calls, `→` waits and `+` does not.",
        ["route", "trips", "DynamoDB calls", "RCU", "WCU", "other calls", "calls in order"],
        [
            [
                one.scenario.title,
                one.counts.round_trips,
                one.counts.dynamodb,
                one.counts.read_units,
                one.counts.write_units,
                one.counts.others,
                one.counts.steps or "none",
            ]
            for one in measured
        ],
    )


def times_table(measured: Sequence[Measured]) -> str:
    return table(
        "Routes: warm times",
        f"Milliseconds, over up to {REPEAT} requests to a handler in one warm process, the engine "
        "over loopback. `processor`: what this side computes, the median.",
        ["route", "p50", "p95", "processor"],
        [
            [one.scenario.title, one.times.median, one.times.slow, one.times.processor]
            for one in measured
            if one.times
        ],
    )
