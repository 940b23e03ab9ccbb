"""What is asked of each route. A route that has no line here fails the benchmark by its name.

A scenario's request is made anew for each measurement, together with all that it needs: what is
deleted was made for that, and none of this is measured.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import deliveries
from benchmarks.functions import Event, Function, name_of
from benchmarks.world import DECLARATION, FILE, World
from local.users import Users


@dataclass(frozen=True)
class Scenario:
    """A request to measure.

    Attributes:
        name: method and path of its route; `<function>: <case>` for one without routes.
        event: makes the request, and what it needs.
        variant: what sets it apart from other requests to its route.
    """

    name: str
    event: Callable[[World], Event]
    variant: str = ""

    @property
    def title(self) -> str:
        return f"{self.name} ({self.variant})" if self.variant else self.name


def unmatched(functions: Iterable[Function]) -> list[str]:
    """What the table lacks, and what it has for nothing."""
    routes = {name_of(route) for function in functions for route in function.routes}
    others = {f"{function.name}:" for function in functions if not function.routes}
    asked = {one.name for one in SCENARIOS}
    served = {f"{name.partition(':')[0]}:" for name in asked}
    missing = sorted((routes - asked) | (others - served))
    left_over = sorted(
        name for name in asked - routes if f"{name.partition(':')[0]}:" not in others
    )
    return [f"no scenario for {name}" for name in missing] + [
        f"a scenario for {name}, which is gone" for name in left_over
    ]


def _page_two(world: World) -> Event:
    first = world.send(world.member.get("/api/documents"))
    return world.member.follow(str(first["next"]))


def _invited_before(world: World) -> Event:
    """Somebody of whom the user pool knows, as with everybody who is a member elsewhere."""
    person = world.invitation()
    Users(world.stack.client, world.stack.outputs).ensure(person["email"])
    return world.admin.post("/api/members", person)


def _document(world: World, **fields: Any) -> dict[str, Any]:
    return {"title": world.name("Quarterly report"), "file": DECLARATION, **fields}


def _once(world: World, *, again: bool) -> Event:
    event = world.admin.post("/api/documents", _document(world), world.name("key"))
    if again:
        world.send(event)
    return event


def _form(world: World) -> Event:
    return world.admin.form("/api/documents", [("title", world.name("Quarterly report"))], FILE)


def _replaced(world: World) -> Event:
    body = {"title": world.name("Renamed"), "status": "active", "shared_with": world.teams[:1]}
    return world.admin.put(f"/api/documents/{world.document()}", body)


def _shared(world: World) -> Event:
    path = f"/api/documents/{world.document(teams=0)}"
    return world.admin.patch(path, {"shared_with": world.teams[:2]})


def _team(world: World, users: int) -> dict[str, Any]:
    return {"name": world.name("Team"), "users": list(world.people[2 : 2 + users])}


def _renamed(world: World, path: str, name: str = "name") -> Event:
    return world.admin.patch(path, {name: world.name("Renamed")})


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


def _redefined(world: World) -> Event:
    """A definition is replaced by one of the same name."""
    body = world.custom_field_body()
    made = world.send(world.admin.post("/api/custom-fields", body))["id"]
    return world.admin.put(f"/api/custom-fields/{made}", {**body, "field_label": "Renamed"})


PARTS = {
    "identifiers": {"country": "DE"},
    "contact-points": {"label": "Work"},
    "addresses": {"line2": "Back door"},
}
"""The collections below an entity, each with a change of one part."""

_ENTITY = "/api/entities/<entity_id>"
_RELATIONSHIP = f"{_ENTITY}/relationships/<relationship_id>"
_FIELD = "/api/custom-fields/<custom_field_id>"

_CUSTOM_FIELDS = [
    Scenario("GET /api/custom-fields", lambda w: w.member.get("/api/custom-fields")),
    Scenario(
        "POST /api/custom-fields",
        lambda w: w.admin.post("/api/custom-fields", w.custom_field_body()),
    ),
    Scenario(f"GET {_FIELD}", lambda w: w.member.get(f"/api/custom-fields/{w.custom_field()}")),
    Scenario(f"PUT {_FIELD}", _redefined),
    Scenario(
        f"PATCH {_FIELD}",
        lambda w: _renamed(w, f"/api/custom-fields/{w.custom_field()}", "field_label"),
    ),
    Scenario(
        f"DELETE {_FIELD}", lambda w: w.admin.delete(f"/api/custom-fields/{w.custom_field()}")
    ),
]


_ENTITIES = [
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
    Scenario(f"PATCH {_ENTITY}", lambda w: _renamed(w, f"/api/entities/{w.entity()}"), "name"),
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


SCENARIOS: Sequence[Scenario] = [
    Scenario("GET /api/health", lambda w: w.member.get("/api/health")),
    Scenario("GET /api/openapi.json", lambda w: w.member.get("/api/openapi.json")),
    Scenario("GET /api/docs", lambda w: w.member.get("/api/docs")),
    Scenario("GET /api/me", lambda w: w.member.get("/api/me")),
    Scenario(
        "GET /api/organizations",
        lambda w: w.member.get("/api/organizations"),
    ),
    Scenario(
        "POST /api/organizations",
        lambda w: w.admin.post("/api/organizations", {"name": w.name("Organization")}),
    ),
    Scenario(
        "GET /api/organizations/<organization_id>",
        lambda w: w.member.get(f"/api/organizations/{w.organization_id}"),
    ),
    Scenario(
        "PATCH /api/organizations/<organization_id>",
        lambda w: _renamed(w, f"/api/organizations/{w.organization_id}"),
    ),
    Scenario("GET /api/members", lambda w: w.member.get("/api/members")),
    Scenario(
        "POST /api/members", lambda w: w.admin.post("/api/members", w.invitation()), "new user"
    ),
    Scenario("POST /api/members", _invited_before, "known user"),
    Scenario("GET /api/members/<user_id>", lambda w: w.member.get(f"/api/members/{w.people[2]}")),
    Scenario(
        "PATCH /api/members/<user_id>",
        lambda w: _renamed(w, f"/api/members/{w.people[2]}", "first_name"),
    ),
    Scenario(
        "DELETE /api/members/<user_id>", lambda w: w.admin.delete(f"/api/members/{w.guest()}")
    ),
    Scenario("GET /api/teams", lambda w: w.member.get("/api/teams")),
    Scenario("POST /api/teams", lambda w: w.admin.post("/api/teams", _team(w, 2)), "two users"),
    Scenario("GET /api/teams/<team_id>", lambda w: w.member.get(f"/api/teams/{w.teams[0]}")),
    Scenario(
        "PUT /api/teams/<team_id>",
        lambda w: w.admin.put(f"/api/teams/{w.team()}", _team(w, 1)),
        "one of two leaves",
    ),
    Scenario(
        "PATCH /api/teams/<team_id>",
        lambda w: _renamed(w, f"/api/teams/{w.teams[1]}"),
        "name",
    ),
    Scenario(
        "DELETE /api/teams/<team_id>",
        lambda w: w.admin.delete(f"/api/teams/{w.team()}"),
        "two users",
    ),
    Scenario("GET /api/documents", lambda w: w.member.get("/api/documents"), "first page"),
    Scenario("GET /api/documents", _page_two, "next page"),
    Scenario("POST /api/documents", lambda w: w.admin.post("/api/documents", _document(w))),
    Scenario(
        "POST /api/documents",
        lambda w: w.admin.post("/api/documents", _document(w, shared_with=w.teams[:2])),
        "shared with two teams",
    ),
    Scenario("POST /api/documents", lambda w: _once(w, again=False), "with Idempotency-Key"),
    Scenario("POST /api/documents", lambda w: _once(w, again=True), "replayed"),
    Scenario("POST /api/documents", _form, "form with its file"),
    Scenario(
        "GET /api/documents/<document_id>",
        lambda w: w.member.get(f"/api/documents/{w.document()}"),
        "shared with two teams",
    ),
    Scenario("PUT /api/documents/<document_id>", _replaced, "one of two teams leaves"),
    Scenario(
        "PATCH /api/documents/<document_id>",
        lambda w: _renamed(w, f"/api/documents/{w.document()}", "title"),
        "title",
    ),
    Scenario("PATCH /api/documents/<document_id>", _shared, "two teams join"),
    Scenario(
        "DELETE /api/documents/<document_id>",
        lambda w: w.admin.delete(f"/api/documents/{w.document()}"),
        "shared with two teams",
    ),
    Scenario(
        "GET /api/documents/<document_id>/file",
        lambda w: w.member.get(f"/api/documents/{w.document()}/file"),
    ),
    Scenario(
        "POST /api/documents/<document_id>/file",
        lambda w: w.admin.post(f"/api/documents/{w.document()}/file", DECLARATION),
    ),
    Scenario(
        "GET /api/documents/<document_id>/versions",
        lambda w: w.member.get(f"/api/documents/{w.document()}/versions"),
    ),
    Scenario(
        "GET /api/documents/<document_id>/versions/<n>/file",
        lambda w: w.member.get(f"/api/documents/{w.document()}/versions/1/file"),
    ),
    Scenario(
        "GET /api/documents/<document_id>/history",
        lambda w: w.member.get(f"/api/documents/{w.document()}/history"),
    ),
    *_CUSTOM_FIELDS,
    *_ENTITIES,
    Scenario("uploads: a file arrives", deliveries.upload),
    Scenario("projections: a document is made", deliveries.made),
    Scenario("projections: a document is renamed", deliveries.renamed),
    Scenario("projections: a document is deleted", deliveries.deleted),
]
