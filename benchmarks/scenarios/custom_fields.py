"""Definitions of custom fields."""

from collections.abc import Sequence

from benchmarks.functions import Event
from benchmarks.scenarios.scenario import Scenario, renamed
from benchmarks.world import World


def _redefined(world: World) -> Event:
    """A definition is replaced by one of the same name."""
    body = world.custom_field_body()
    made = world.send(world.admin.post("/api/custom-fields", body))["id"]
    return world.admin.put(f"/api/custom-fields/{made}", {**body, "field_label": "Renamed"})


_FIELD = "/api/custom-fields/<custom_field_id>"

SCENARIOS: Sequence[Scenario] = [
    Scenario("GET /api/custom-fields", lambda w: w.member.get("/api/custom-fields")),
    Scenario(
        "POST /api/custom-fields",
        lambda w: w.admin.post("/api/custom-fields", w.custom_field_body()),
    ),
    Scenario(f"GET {_FIELD}", lambda w: w.member.get(f"/api/custom-fields/{w.custom_field()}")),
    Scenario(f"PUT {_FIELD}", _redefined),
    Scenario(
        f"PATCH {_FIELD}",
        lambda w: renamed(w, f"/api/custom-fields/{w.custom_field()}", "field_label"),
    ),
    Scenario(
        f"DELETE {_FIELD}", lambda w: w.admin.delete(f"/api/custom-fields/{w.custom_field()}")
    ),
]
