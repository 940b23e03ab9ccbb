"""Pipelines, their stages, and the board."""

from collections.abc import Sequence
from typing import Any

from benchmarks.functions import Event
from benchmarks.scenarios.scenario import Scenario, renamed
from benchmarks.world import World


def _path(world: World) -> str:
    return f"/api/pipelines/{world.pipeline()['id']}"


def _replaced(world: World) -> Event:
    pipeline = world.pipeline()
    stages = [*pipeline["stages"], _stage(world)]
    known = {"id", "name", "probability", "status"}
    body = {
        "name": world.name("Renamed"),
        "stages": [{name: one[name] for name in known & one.keys()} for one in stages],
    }
    return world.admin.put(f"/api/pipelines/{pipeline['id']}", body)


def _stage_path(world: World) -> str:
    """The second stage of a new pipeline."""
    pipeline = world.pipeline()
    return f"/api/pipelines/{pipeline['id']}/stages/{pipeline['stages'][1]['id']}"


def _stage(world: World) -> dict[str, Any]:
    return {"name": world.name("Stage"), "probability": 35}


def _emptied(world: World, deals: int) -> Event:
    """A stage goes, its deals to another one: of the pipeline that always stays."""
    stages = f"/api/pipelines/{world.sales['id']}/stages"
    stage = world.send(world.admin.post(stages, _stage(world)))["id"]
    entity = world.entity()
    for _ in range(deals):
        world.deal(entity_id=entity, stage_id=stage)
    return world.admin.delete(f"{stages}/{stage}", move_deals_to=world.stage(0))


def _board(world: World) -> str:
    return f"/api/pipelines/{world.sales['id']}/board"


_PIPELINE = "/api/pipelines/<pipeline_id>"
_STAGE = f"{_PIPELINE}/stages/<stage_id>"

SCENARIOS: Sequence[Scenario] = [
    Scenario("GET /api/pipelines", lambda w: w.member.get("/api/pipelines")),
    Scenario(
        "POST /api/pipelines",
        lambda w: w.admin.post("/api/pipelines", w.pipeline_body()),
        "six stages",
    ),
    Scenario(f"GET {_PIPELINE}", lambda w: w.member.get(_path(w))),
    Scenario(f"PUT {_PIPELINE}", _replaced, "name, one stage more"),
    Scenario(f"PATCH {_PIPELINE}", lambda w: renamed(w, _path(w)), "name"),
    Scenario(f"DELETE {_PIPELINE}", lambda w: w.admin.delete(_path(w)), "six stages"),
    Scenario(f"POST {_PIPELINE}/stages", lambda w: w.admin.post(f"{_path(w)}/stages", _stage(w))),
    Scenario(f"GET {_PIPELINE}/stages", lambda w: w.member.get(f"{_path(w)}/stages")),
    Scenario(f"GET {_STAGE}", lambda w: w.member.get(_stage_path(w))),
    Scenario(f"PUT {_STAGE}", lambda w: w.admin.put(_stage_path(w), _stage(w))),
    Scenario(f"PATCH {_STAGE}", lambda w: renamed(w, _stage_path(w)), "name"),
    Scenario(f"DELETE {_STAGE}", lambda w: w.admin.delete(_stage_path(w)), "without deals"),
    Scenario(f"DELETE {_STAGE}", lambda w: _emptied(w, 3), "three deals move"),
    Scenario(f"GET {_PIPELINE}/board", lambda w: w.admin.get(_board(w)), "organization"),
    Scenario(f"GET {_PIPELINE}/board", lambda w: w.member.get(_board(w)), "mine"),
]
