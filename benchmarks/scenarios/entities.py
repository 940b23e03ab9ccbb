"""Entities and their parts."""

from collections.abc import Sequence
from typing import Any

from benchmarks.functions import Event
from benchmarks.scenarios.scenario import Scenario, renamed
from benchmarks.world import World


def _crowded(world: World) -> Event:
    """The detail of an entity with four parts of each kind, a primary in some groups."""
    entity = world.entity()
    for collection in PARTS:
        for number in range(4):
            world.part(collection, entity, is_primary=number == 0)
    for _ in range(4):
        world.part("relationships", entity)
    return world.member.get(f"/api/entities/{entity}")


def _gone(world: World) -> Event:
    """The end of an entity of that size."""
    path = str(_crowded(world)["rawPath"])
    return world.admin.delete(path)


def _merged(world: World) -> Event:
    """An entity with one part of each kind goes into another one."""
    other = world.entity()
    for collection in (*PARTS, "relationships"):
        world.part(collection, other)
    return world.admin.post(f"/api/entities/{world.entity()}/merge", {"from": other})


def _reachable(world: World) -> str:
    """An entity with a contact point and an identifier."""
    entity = world.entity()
    world.part("contact-points", entity)
    world.part("identifiers", entity)
    return entity


def _switched(world: World, collection: str) -> Event:
    """A part becomes primary in place of another one."""
    entity = world.entity()
    world.part(collection, entity, is_primary=True)
    return world.admin.patch(world.part(collection, entity), {"is_primary": True})


def _relationship(world: World) -> dict[str, Any]:
    return {"to_entity": world.entity("Other end"), "relationship_type": "owns"}


def _whole(world: World) -> dict[str, Any]:
    return {"type": "account", "name": world.name("Southern Mills")}


def _related(world: World, change: dict[str, Any] | None) -> Event:
    """A relationship is replaced by the same, or changed in part."""
    path = world.part("relationships")
    if change is not None:
        return world.admin.patch(path, change)
    kept = world.send(world.admin.get(path))["to_entity"]
    return world.admin.put(path, {"to_entity": kept, "relationship_type": "holds"})


def _found(world: World) -> Event:
    """One entity is found by its contact point."""
    body = world.part_body("contact-points")
    world.part("contact-points", **body)
    return world.member.get("/api/entities", contact_point=body["value"])


def _of_parts(collection: str, change: dict[str, Any]) -> list[Scenario]:
    """The six routes of one kind of part."""
    many = f"/api/entities/<entity_id>/{collection}"
    one = f"{many}/<part_id>"
    return [
        Scenario(
            f"POST {many}",
            lambda w: w.admin.post(
                f"/api/entities/{w.entity()}/{collection}", w.part_body(collection)
            ),
        ),
        Scenario(f"GET {many}", lambda w: w.member.get(w.part(collection).rpartition("/")[0])),
        Scenario(f"GET {one}", lambda w: w.member.get(w.part(collection))),
        Scenario(f"PUT {one}", lambda w: w.admin.put(w.part(collection), w.part_body(collection))),
        Scenario(f"PATCH {one}", lambda w: w.admin.patch(w.part(collection), change)),
        Scenario(f"PATCH {one}", lambda w: _switched(w, collection), "another primary"),
        Scenario(f"DELETE {one}", lambda w: w.admin.delete(w.part(collection))),
    ]


PARTS = {
    "identifiers": {"country": "DE"},
    "contact-points": {"label": "Work"},
    "addresses": {"line2": "Back door"},
}
"""The collections below an entity, each with a change of one part."""

_ENTITY = "/api/entities/<entity_id>"
_RELATIONSHIP = f"{_ENTITY}/relationships/<relationship_id>"

SCENARIOS: Sequence[Scenario] = [
    Scenario("GET /api/entities", lambda w: w.member.get("/api/entities"), "first page"),
    Scenario("GET /api/entities", _found, "by contact point"),
    Scenario("POST /api/entities", lambda w: w.admin.post("/api/entities", _whole(w))),
    Scenario(
        "POST /api/entities",
        lambda w: w.admin.post("/api/entities", {**_whole(w), "shared_with": w.teams[:2]}),
        "shared with two teams",
    ),
    Scenario(f"GET {_ENTITY}", lambda w: w.member.get(f"/api/entities/{w.entity()}"), "alone"),
    Scenario(f"GET {_ENTITY}", _crowded, "with 16 parts"),
    Scenario(f"PUT {_ENTITY}", lambda w: w.admin.put(f"/api/entities/{w.entity()}", _whole(w))),
    Scenario(f"PATCH {_ENTITY}", lambda w: renamed(w, f"/api/entities/{w.entity()}"), "name"),
    Scenario(f"DELETE {_ENTITY}", lambda w: w.admin.delete(f"/api/entities/{w.entity()}"), "alone"),
    Scenario(f"DELETE {_ENTITY}", _gone, "with 16 parts"),
    Scenario(
        f"GET {_ENTITY}/duplicates",
        lambda w: w.member.get(f"/api/entities/{_reachable(w)}/duplicates"),
    ),
    Scenario(f"POST {_ENTITY}/merge", _merged, "one part of each kind"),
    Scenario(
        f"GET {_ENTITY}/history", lambda w: w.member.get(f"/api/entities/{w.entity()}/history")
    ),
    *(one for collection, change in PARTS.items() for one in _of_parts(collection, change)),
    Scenario(
        f"POST {_ENTITY}/relationships",
        lambda w: w.admin.post(f"/api/entities/{w.entity()}/relationships", _relationship(w)),
    ),
    Scenario(
        f"GET {_ENTITY}/relationships",
        lambda w: w.member.get(w.part("relationships").rpartition("/")[0]),
    ),
    Scenario(f"GET {_RELATIONSHIP}", lambda w: w.member.get(w.part("relationships"))),
    Scenario(f"PUT {_RELATIONSHIP}", lambda w: _related(w, None)),
    Scenario(f"PATCH {_RELATIONSHIP}", lambda w: _related(w, {"inverse_type": "belongs to"})),
    Scenario(f"DELETE {_RELATIONSHIP}", lambda w: w.admin.delete(w.part("relationships"))),
]
