"""Attachments."""

from collections.abc import Sequence

from benchmarks.functions import Event
from benchmarks.scenarios.scenario import Scenario
from benchmarks.world import DECLARATION, World


def _path(world: World) -> str:
    return f"/api/attachments/{world.attachment()}"


def _uploaded(world: World) -> Event:
    target = {"related_to_type": "deal", "related_to_id": world.deal()}
    return world.admin.post("/api/attachments", {**target, "file": DECLARATION})


def _listed(world: World) -> Event:
    deal = world.deal()
    for _ in range(3):
        world.attachment(deal)
    return world.member.get("/api/attachments", related_to_type="deal", related_to_id=deal)


_ATTACHMENT = "/api/attachments/<attachment_id>"
_BODY = {"description": "As agreed"}

SCENARIOS: Sequence[Scenario] = [
    Scenario("GET /api/attachments", _listed, "of a deal"),
    Scenario(
        "POST /api/attachments",
        lambda w: w.admin.post("/api/attachments", w.attachment_body()),
        "a document",
    ),
    Scenario("POST /api/attachments", _uploaded, "a new file"),
    Scenario(f"GET {_ATTACHMENT}", lambda w: w.member.get(_path(w))),
    Scenario(f"PUT {_ATTACHMENT}", lambda w: w.admin.put(_path(w), _BODY)),
    Scenario(f"PATCH {_ATTACHMENT}", lambda w: w.admin.patch(_path(w), _BODY)),
    Scenario(f"DELETE {_ATTACHMENT}", lambda w: w.admin.delete(_path(w))),
]
