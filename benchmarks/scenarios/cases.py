"""Cases."""

from collections.abc import Sequence

from benchmarks.functions import Event
from benchmarks.scenarios.scenario import Scenario, renamed
from benchmarks.world import World


def _path(world: World) -> str:
    return f"/api/cases/{world.case()}"


def _replaced(world: World) -> Event:
    entity = world.entity()
    body = world.case_body(entity_id=entity, priority="high")
    return world.admin.put(f"/api/cases/{world.case(entity_id=entity)}", body)


def _closed(world: World) -> Event:
    return world.admin.patch(_path(world), {"status": "closed"})


_CASE = "/api/cases/<case_id>"

SCENARIOS: Sequence[Scenario] = [
    Scenario("GET /api/cases", lambda w: w.member.get("/api/cases"), "first page"),
    Scenario("POST /api/cases", lambda w: w.admin.post("/api/cases", w.case_body())),
    Scenario(f"GET {_CASE}", lambda w: w.member.get(_path(w))),
    Scenario(f"PUT {_CASE}", _replaced),
    Scenario(f"PATCH {_CASE}", lambda w: renamed(w, _path(w)), "name"),
    Scenario(f"PATCH {_CASE}", _closed, "status"),
    Scenario(f"DELETE {_CASE}", lambda w: w.admin.delete(_path(w))),
    Scenario(f"GET {_CASE}/history", lambda w: w.member.get(f"{_path(w)}/history")),
]
