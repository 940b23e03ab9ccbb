"""Organizations, their members and teams; and what needs none."""

from collections.abc import Sequence
from typing import Any

from benchmarks.functions import Event
from benchmarks.scenarios.scenario import Scenario, renamed
from benchmarks.world import World
from tools.ops.users import Users


def _invited_before(world: World) -> Event:
    """Somebody of whom the user pool knows, as with everybody who is a member elsewhere."""
    person = world.invitation()
    Users(world.stack.client, world.stack.outputs).ensure(person["email"])
    return world.admin.post("/api/members", person)


def _deleted(world: World) -> Event:
    """An organization with its admin and two guests."""
    there = world.elsewhere()
    for _ in range(2):
        there.guest()
    return there.admin.delete(f"/api/organizations/{there.organization_id}")


def _team(world: World, users: int) -> dict[str, Any]:
    return {"name": world.name("Team"), "users": list(world.people[2 : 2 + users])}


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
        lambda w: renamed(w, f"/api/organizations/{w.organization_id}"),
    ),
    Scenario("DELETE /api/organizations/<organization_id>", _deleted, "of three members"),
    Scenario("GET /api/members", lambda w: w.member.get("/api/members")),
    Scenario(
        "POST /api/members", lambda w: w.admin.post("/api/members", w.invitation()), "new user"
    ),
    Scenario("POST /api/members", _invited_before, "known user"),
    Scenario("GET /api/members/<user_id>", lambda w: w.member.get(f"/api/members/{w.people[2]}")),
    Scenario(
        "PATCH /api/members/<user_id>",
        lambda w: renamed(w, f"/api/members/{w.people[2]}", "first_name"),
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
        lambda w: renamed(w, f"/api/teams/{w.teams[1]}"),
        "name",
    ),
    Scenario(
        "DELETE /api/teams/<team_id>",
        lambda w: w.admin.delete(f"/api/teams/{w.team()}"),
        "two users",
    ),
]
