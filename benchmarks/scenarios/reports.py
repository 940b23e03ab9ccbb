"""Reports, read from the sums that `routes.prepare` has made."""

from collections.abc import Sequence

from benchmarks.functions import Event
from benchmarks.scenarios.scenario import Scenario
from benchmarks.world import World


def _report(world: World, name: str, **query: str) -> Event:
    return world.admin.get(f"/api/reports/{name}", **query)


def _of_one(world: World, name: str) -> Event:
    return _report(world, name, pipeline_id=str(world.sales["id"]))


SCENARIOS: Sequence[Scenario] = [
    Scenario("GET /api/reports/forecast", lambda w: _report(w, "forecast"), "all pipelines"),
    Scenario("GET /api/reports/forecast", lambda w: _of_one(w, "forecast"), "one pipeline"),
    Scenario(
        "GET /api/reports/pipeline-velocity",
        lambda w: _report(w, "pipeline-velocity"),
        "all pipelines",
    ),
    Scenario(
        "GET /api/reports/pipeline-velocity",
        lambda w: _of_one(w, "pipeline-velocity"),
        "one pipeline",
    ),
    Scenario("GET /api/reports/activity-summary", lambda w: _report(w, "activity-summary")),
]
