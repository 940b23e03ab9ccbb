"""Erasures of persons, and the worker that sees to them."""

import json
from collections.abc import Sequence

from benchmarks.functions import Event
from benchmarks.scenarios.scenario import Scenario
from benchmarks.world import World

ERASURES = "/api/erasures"

_FEW = 12


def _asked(world: World, record_type: str, record_id: str) -> Event:
    body = {"record_type": record_type, "record_id": record_id}
    return world.admin.post(ERASURES, body)


def _begun(world: World) -> str:
    return str(world.send(_asked(world, "lead", world.lead()))["id"])


def _listed(world: World) -> Event:
    there = world.beside("many erasures", lambda w: [_begun(w) for _ in range(_FEW)])
    return there.admin.get(ERASURES)


def _message(world: World) -> Event:
    """What the queue hands on; the stream has not told of the lead's end then."""
    message = {
        "kind": "person",
        "organization_id": world.admin.organization_id,
        "erasure_id": _begun(world),
    }
    return {"Records": [{"body": json.dumps(message)}]}


SCENARIOS: Sequence[Scenario] = [
    Scenario(f"GET {ERASURES}", _listed, "first page"),
    Scenario(f"POST {ERASURES}", lambda w: _asked(w, "entity", w.entity()), "an entity"),
    Scenario(f"POST {ERASURES}", lambda w: _asked(w, "lead", w.lead()), "a lead"),
    Scenario(f"POST {ERASURES}", lambda w: _asked(w, "member", w.guest()), "a member"),
    Scenario(f"GET {ERASURES}/<erasure_id>", lambda w: w.admin.get(f"{ERASURES}/{_begun(w)}")),
    Scenario("erasure_worker: a lead, as far as the stream lets it", _message),
]
