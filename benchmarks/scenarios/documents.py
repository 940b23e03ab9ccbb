"""Documents."""

from collections.abc import Sequence
from typing import Any

from benchmarks.functions import Event
from benchmarks.scenarios.scenario import Scenario, renamed
from benchmarks.world import DECLARATION, FILE, World


def _page_two(world: World) -> Event:
    first = world.send(world.member.get("/api/documents"))
    return world.member.follow(str(first["next"]))


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


SCENARIOS: Sequence[Scenario] = [
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
        lambda w: renamed(w, f"/api/documents/{w.document()}", "title"),
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
]
