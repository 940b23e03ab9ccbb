"""Deals and their moves."""

from collections.abc import Sequence
from typing import Any

from benchmarks.functions import Event
from benchmarks.scenarios.scenario import Scenario, renamed
from benchmarks.world import World


def _path(world: World) -> str:
    return f"/api/deals/{world.deal()}"


def _page_two(world: World) -> Event:
    first = world.send(world.member.get("/api/deals"))
    return world.member.follow(str(first["next"]))


def _made(world: World, **fields: Any) -> Event:
    return world.admin.post("/api/deals", world.deal_body(**fields))


def _replaced(world: World) -> Event:
    """All but its stage changes."""
    entity = world.entity()
    path = f"/api/deals/{world.deal(entity_id=entity)}"
    return world.admin.put(path, world.deal_body(entity_id=entity, amount="99"))


def _taken_over(world: World) -> Event:
    return world.admin.patch(_path(world), {"entity_id": world.entity()})


def _given_away(world: World) -> Event:
    return world.admin.patch(_path(world), {"assigned_to": world.people[2]})


def _moved(world: World, stage: int) -> Event:
    return world.admin.post(f"{_path(world)}/move", {"stage_id": world.stage(stage)})


def _patched(world: World) -> Event:
    return world.admin.patch(_path(world), {"stage_id": world.stage(1)})


def _travelled(world: World) -> str:
    """A deal that has been in four stages."""
    path = _path(world)
    for stage in (1, 2, 3):
        world.send(world.admin.post(f"{path}/move", {"stage_id": world.stage(stage)}))
    return path


def _gone(world: World) -> Event:
    """A deal goes with three tasks, three documents, and what its moves left."""
    path = _travelled(world)
    deal = path.rpartition("/")[2]
    for _ in range(3):
        world.activity(related_to_type="deal", related_to_id=deal)
        world.attachment(deal)
    return world.admin.delete(path)


_DEAL = "/api/deals/<deal_id>"

SCENARIOS: Sequence[Scenario] = [
    Scenario("GET /api/deals", lambda w: w.member.get("/api/deals"), "first page"),
    Scenario("GET /api/deals", _page_two, "next page"),
    Scenario("POST /api/deals", lambda w: _made(w, shared_with=[]), "first stage"),
    Scenario(
        "POST /api/deals", lambda w: _made(w, shared_with=[], stage_id=w.stage(1)), "stage given"
    ),
    Scenario("POST /api/deals", lambda w: _made(w), "shared with two teams"),
    Scenario(f"GET {_DEAL}", lambda w: w.member.get(_path(w))),
    Scenario(f"PUT {_DEAL}", _replaced, "same stage"),
    Scenario(f"PATCH {_DEAL}", lambda w: renamed(w, _path(w)), "name"),
    Scenario(f"PATCH {_DEAL}", _taken_over, "another entity"),
    Scenario(f"PATCH {_DEAL}", _given_away, "another owner"),
    Scenario(f"PATCH {_DEAL}", _patched, "another stage"),
    Scenario(f"DELETE {_DEAL}", lambda w: w.admin.delete(_path(w)), "alone"),
    Scenario(f"DELETE {_DEAL}", _gone, "3 tasks, 3 documents, 3 moves"),
    Scenario(f"POST {_DEAL}/move", lambda w: _moved(w, 1), "open"),
    Scenario(f"POST {_DEAL}/move", lambda w: _moved(w, 4), "won"),
    Scenario(f"POST {_DEAL}/move", lambda w: _moved(w, 0), "same stage"),
    Scenario(
        f"GET {_DEAL}/stage-history", lambda w: w.member.get(f"{_travelled(w)}/stage-history")
    ),
    Scenario(f"GET {_DEAL}/history", lambda w: w.member.get(f"{_path(w)}/history")),
]
