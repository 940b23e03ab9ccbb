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
    Scenario("uploads: a file arrives", deliveries.upload),
    Scenario("projections: a document is made", deliveries.made),
    Scenario("projections: a document is renamed", deliveries.renamed),
    Scenario("projections: a document is deleted", deliveries.deleted),
]
