"""Leads, and what becomes of them."""

from collections.abc import Sequence
from typing import Any

from benchmarks.functions import Event
from benchmarks.scenarios.scenario import Scenario, renamed
from benchmarks.world import World


def _path(world: World) -> str:
    return f"/api/leads/{world.lead()}"


def _converted(world: World, **body: Any) -> Event:
    return world.admin.post(f"{_path(world)}/convert", body)


def _laden(world: World) -> Event:
    """A lead is converted with three tasks, which move."""
    lead = world.lead()
    for _ in range(3):
        world.activity(related_to_type="lead", related_to_id=lead)
    return world.admin.post(f"/api/leads/{lead}/convert", {"create_deal": True})


_LEAD = "/api/leads/<lead_id>"

SCENARIOS: Sequence[Scenario] = [
    Scenario("GET /api/leads", lambda w: w.member.get("/api/leads"), "first page"),
    Scenario("POST /api/leads", lambda w: w.admin.post("/api/leads", w.lead_body())),
    Scenario(f"GET {_LEAD}", lambda w: w.member.get(_path(w))),
    Scenario(f"PUT {_LEAD}", lambda w: w.admin.put(_path(w), w.lead_body())),
    Scenario(f"PATCH {_LEAD}", lambda w: renamed(w, _path(w), "last_name"), "name"),
    Scenario(f"DELETE {_LEAD}", lambda w: w.admin.delete(_path(w))),
    Scenario(f"POST {_LEAD}/convert", _converted, "contact and account"),
    Scenario(f"POST {_LEAD}/convert", lambda w: _converted(w, create_deal=True), "and deal"),
    Scenario(f"POST {_LEAD}/convert", _laden, "and three tasks"),
    Scenario(f"GET {_LEAD}/history", lambda w: w.member.get(f"{_path(w)}/history")),
]
