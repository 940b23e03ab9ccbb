"""Activities, and the timeline."""

from collections.abc import Sequence
from typing import Any

from benchmarks.functions import Event
from benchmarks.scenarios.scenario import Scenario, renamed
from benchmarks.world import World


def _path(world: World, **fields: Any) -> str:
    return f"/api/activities/{world.activity(**fields)}"


def _about(deal: str) -> dict[str, str]:
    return {"related_to_type": "deal", "related_to_id": deal}


def _made(world: World, **fields: Any) -> Event:
    return world.admin.post("/api/activities", world.task_body(**fields))


def _listed(world: World) -> Event:
    """What is about a deal is asked for by somebody who sees the deal."""
    about = _about(world.deal())
    for _ in range(3):
        world.activity(**about)
    return world.member.get("/api/activities", **about)


def _with_document(world: World) -> Event:
    path = _path(world, **_about(world.deal()))
    body = {"related_to_type": "activity", "related_to_id": path.rpartition("/")[2]}
    document = {"document_id": world.document()}
    world.send(world.admin.post("/api/attachments", {**body, **document}))
    return world.admin.delete(path)


def _busy(world: World) -> str:
    """A deal with three tasks, three documents, and two moves."""
    deal = world.deal()
    for stage in (1, 2):
        world.activity(**_about(deal))
        world.attachment(deal)
        world.send(world.admin.post(f"/api/deals/{deal}/move", {"stage_id": world.stage(stage)}))
    world.activity(**_about(deal))
    world.attachment(deal)
    return deal


def _timeline(world: World, **query: str) -> Event:
    return world.member.get("/api/timeline", **_about(_busy(world)), **query)


def _with_deals(world: World) -> Event:
    entity = world.entity()
    about = {"related_to_type": "entity", "related_to_id": entity}
    world.activity(**about)
    for _ in range(3):
        world.activity(**_about(world.deal(entity_id=entity)))
    return world.member.get("/api/timeline", **about, include="deals")


_ACTIVITY = "/api/activities/<activity_id>"

SCENARIOS: Sequence[Scenario] = [
    Scenario("GET /api/activities", lambda w: w.member.get("/api/activities"), "first page"),
    Scenario(
        "GET /api/activities",
        lambda w: w.admin.get("/api/activities", is_completed="false", order="due_date"),
        "worklist",
    ),
    Scenario("GET /api/activities", _listed, "about a deal"),
    Scenario("POST /api/activities", lambda w: _made(w), "alone"),
    Scenario("POST /api/activities", lambda w: _made(w, **_about(w.deal())), "about a deal"),
    Scenario(f"GET {_ACTIVITY}", lambda w: w.admin.get(_path(w)), "alone"),
    Scenario(
        f"GET {_ACTIVITY}", lambda w: w.member.get(_path(w, **_about(w.deal()))), "through a deal"
    ),
    Scenario(f"PUT {_ACTIVITY}", lambda w: w.admin.put(_path(w), w.task_body())),
    Scenario(f"PATCH {_ACTIVITY}", lambda w: renamed(w, _path(w), "subject"), "subject"),
    Scenario(
        f"PATCH {_ACTIVITY}",
        lambda w: w.admin.patch(_path(w, **_about(w.deal())), {"is_completed": True}),
        "completed",
    ),
    Scenario(f"DELETE {_ACTIVITY}", lambda w: w.admin.delete(_path(w)), "alone"),
    Scenario(f"DELETE {_ACTIVITY}", _with_document, "with a document"),
    Scenario(f"GET {_ACTIVITY}/history", lambda w: w.admin.get(f"{_path(w)}/history")),
    Scenario("GET /api/timeline", _timeline, "of a deal"),
    Scenario("GET /api/timeline", lambda w: _timeline(w, type="stage_move"), "moves of a deal"),
    Scenario("GET /api/timeline", _with_deals, "of an entity and three deals"),
]
