"""Another organization's things look exactly like things that never existed.

Each case puts a foreign id, and then an id that nothing has, into the same place of the same
request. The answers must be the same byte for byte, apart from the id itself and the request id.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from local.process import StackProcess
from tests.support.integration.client import (
    ORGANIZATION,
    TEXT,
    Brook,
    Json,
    Organization,
    Person,
    good,
    new_id,
    refused,
)

DOCUMENT = {"title": "Ours", "status": "active", "shared_with": []}
TEAM = {"name": "Ours", "users": []}


@dataclass(frozen=True)
class World:
    """Two organizations, each with a document and a team; `caller` is in the first one only."""

    brook: Brook
    ours: Organization
    theirs: Organization
    admin: Person
    member: Person
    document: str
    team: str
    their_document: str
    their_team: str
    their_member: str

    def foreign(self, kind: str) -> str:
        """An id of the other organization."""
        return {
            "document": self.their_document,
            "team": self.their_team,
            "user": self.their_member,
            "organization": self.theirs.id,
        }[kind]


@pytest.fixture(scope="module")
def world(stack: StackProcess) -> Iterator[World]:
    with Brook(stack) as brook:
        ours, theirs = brook.found("Acme"), brook.found("Globex")
        their_member = theirs.join()
        their_team = theirs.team("Sales", their_member)
        yield World(
            brook,
            ours,
            theirs,
            ours.founder,
            ours.join(),
            ours.founder.share("Ours")["id"],
            ours.team("Sales"),
            theirs.founder.share("Theirs", their_team)["id"],
            their_team,
            their_member.id,
        )


Send = Callable[[Person, str], httpx.Response]


@dataclass(frozen=True)
class Case:
    """A request with one place for an id."""

    name: str
    kind: str
    status: int
    send: Send


def at(
    method: str, path: str, kind: str, status: int, body: Any = None, **headers: str | None
) -> Case:
    """The id stands in the path."""

    def send(person: Person, some_id: str) -> httpx.Response:
        options: Json = {"headers": headers}
        if body is not None:
            options["json"] = body
        return person.send(method, path.format(some_id), **options)

    told = "".join(f" {name}: {value}" for name, value in headers.items())
    return Case(f"{method} {path}{told}", kind, status, send)


def within(method: str, path: str, kind: str, status: int, body: Callable[[str], Any]) -> Case:
    """The id stands in the body."""

    def send(person: Person, some_id: str) -> httpx.Response:
        return person.send(method, path, json=body(some_id))

    return Case(f"{method} {path} body", kind, status, send)


def filtered(path: str, kind: str, status: int = 200) -> Case:
    """The id is the value of a filter."""
    return Case(f"GET {path}", kind, status, lambda person, one: person.get(path.format(one)))


STALE = {"If-Match": '"1"'}
ONCE = {"Idempotency-Key": "once"}
NO_HEADER = {ORGANIZATION: None}

FOR_ALL = [
    at("GET", "/api/documents/{}", "document", 404),
    at("GET", "/api/documents/{}/", "document", 404),
    at("PUT", "/api/documents/{}", "document", 404, DOCUMENT),
    at("PATCH", "/api/documents/{}", "document", 404, {"title": "Ours"}),
    at("PATCH", "/api/documents/{}", "document", 404, {"title": "Ours"}, **STALE),
    at("PATCH", "/api/documents/{}", "document", 404, {"shared_with": [new_id()]}),
    at("DELETE", "/api/documents/{}", "document", 404),
    at("DELETE", "/api/documents/{}", "document", 404, **STALE),
    at("GET", "/api/documents/{}/file", "document", 404),
    at("POST", "/api/documents/{}/file", "document", 404, TEXT.said()),
    at("POST", "/api/documents/{}/file", "document", 404, TEXT.said(), **ONCE),
    at("GET", "/api/documents/{}/versions", "document", 404),
    at("GET", "/api/documents/{}/versions?limit=1", "document", 404),
    at("GET", "/api/documents/{}/versions/1/file", "document", 404),
    at("GET", "/api/documents/{}/versions/2/file", "document", 404),
    at("GET", "/api/teams/{}", "team", 404),
    at("GET", "/api/members/{}", "user", 404),
    at("GET", "/api/organizations/{}", "organization", 403, **NO_HEADER),
    at("PATCH", "/api/organizations/{}", "organization", 403, {"name": "Ours"}, **NO_HEADER),
    at("GET", "/api/organizations/{}", "organization", 400),
    at("PATCH", "/api/organizations/{}", "organization", 400, {"name": "Ours"}),
    within(
        "POST",
        "/api/documents",
        "team",
        422,
        lambda one: {"title": "Ours", "shared_with": [one], "file": TEXT.said()},
    ),
    filtered("/api/documents?shared_with={}", "team"),
    filtered("/api/documents?shared_with={}&status=active", "team"),
    filtered("/api/documents?created_by={}", "user"),
    filtered("/api/documents?created_by={}&status=inactive", "user"),
    filtered("/api/documents?related_to_type=deal&related_to_id={}", "document"),
]

FOR_ADMINS = [
    at("PUT", "/api/teams/{}", "team", 404, TEAM),
    at("PATCH", "/api/teams/{}", "team", 404, {"name": "Ours"}),
    at("PATCH", "/api/teams/{}", "team", 404, {"name": "Ours"}, **STALE),
    at("DELETE", "/api/teams/{}", "team", 404),
    at("PATCH", "/api/members/{}", "user", 404, {"role": "admin"}),
    at("PATCH", "/api/members/{}", "user", 404, {"is_active": False}, **STALE),
    at("DELETE", "/api/members/{}", "user", 404),
    within("POST", "/api/teams", "user", 422, lambda one: {"name": "New", "users": [one]}),
]

KEPT_HEADERS = ("content-type", "etag", "location", "allow", "cache-control")


def seen(answer: httpx.Response, some_id: str) -> tuple[int, dict[str, str], str]:
    """All that tells a client something, with the id and the request id taken out."""
    body = answer.json()
    body.pop("request_id", None)
    headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
    return answer.status_code, headers, json.dumps(body).replace(some_id, "<id>")


def assert_same(case: Case, person: Person, foreign: str, nothing: str) -> None:
    first = case.send(person, foreign)
    second = case.send(person, nothing)
    assert seen(first, foreign) == seen(second, nothing)
    assert first.status_code == case.status, first.text
    if case.status == 200:
        assert first.json()["results"] == []
        assert first.json()["count"] == 0


@pytest.mark.parametrize("case", FOR_ALL, ids=lambda case: case.name)
@pytest.mark.parametrize("role", ["admin", "member"])
def test_a_foreign_id_is_as_good_as_none(world: World, case: Case, role: str) -> None:
    person = world.admin if role == "admin" else world.member
    assert_same(case, person, world.foreign(case.kind), new_id())


@pytest.mark.parametrize("case", FOR_ADMINS, ids=lambda case: case.name)
def test_a_foreign_id_is_as_good_as_none_to_an_admin(world: World, case: Case) -> None:
    assert_same(case, world.admin, world.foreign(case.kind), new_id())


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_foreign_team_cannot_be_shared_with(world: World, method: str) -> None:
    body = {"title": "Ours", "status": "active"} if method == "PUT" else {}
    path = f"/api/documents/{world.document}"
    case = within(method, path, "team", 422, lambda one: {**body, "shared_with": [one]})
    assert_same(case, world.admin, world.their_team, new_id())


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_foreign_person_cannot_be_put_in_a_team(world: World, method: str) -> None:
    path = f"/api/teams/{world.team}"
    case = within(method, path, "user", 422, lambda one: {"name": "Sales", "users": [one]})
    assert_same(case, world.admin, world.their_member, new_id())


ROUTES = [
    ("GET", "/api/documents", None),
    ("GET", "/api/documents?title=theirs", None),
    ("POST", "/api/documents", {"title": "Ours", "file": TEXT.said()}),
    ("GET", "/api/documents/{document}", None),
    ("PUT", "/api/documents/{document}", DOCUMENT),
    ("PATCH", "/api/documents/{document}", {"title": "Ours"}),
    ("DELETE", "/api/documents/{document}", None),
    ("GET", "/api/documents/{document}/file", None),
    ("POST", "/api/documents/{document}/file", TEXT.said()),
    ("GET", "/api/documents/{document}/versions", None),
    ("GET", "/api/documents/{document}/versions/1/file", None),
    ("GET", "/api/teams", None),
    ("POST", "/api/teams", TEAM),
    ("GET", "/api/teams/{team}", None),
    ("PUT", "/api/teams/{team}", TEAM),
    ("PATCH", "/api/teams/{team}", {"name": "Ours"}),
    ("DELETE", "/api/teams/{team}", None),
    ("GET", "/api/members", None),
    ("POST", "/api/members", {"email": "a@example.com", "first_name": "A", "last_name": "B"}),
    ("GET", "/api/members/{user}", None),
    ("PATCH", "/api/members/{user}", {"role": "admin"}),
    ("DELETE", "/api/members/{user}", None),
    ("GET", "/api/me", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES, ids=lambda value: str(value)[:48])
def test_a_foreign_organization_header_is_as_good_as_an_unknown_one(
    world: World, method: str, path: str, body: Any
) -> None:
    """And the foreign ids that go with it help nobody."""
    filled = path.format(
        document=world.their_document, team=world.their_team, user=world.their_member
    )
    options = {} if body is None else {"json": body}
    unknown = new_id()
    foreign = world.member.at(world.theirs.id).send(method, filled, **options)
    nothing = world.member.at(unknown).send(method, filled, **options)
    assert seen(foreign, world.theirs.id) == seen(nothing, unknown)
    refused(foreign, 403, "not_a_member")


def test_a_foreign_cursor_is_as_good_as_a_made_up_one(world: World) -> None:
    for title in ("One", "Two"):
        world.theirs.founder.share(title)
        world.admin.share(title)
    page = good(world.theirs.founder.get("/api/documents", limit=1))
    foreign = page["next"].partition("cursor=")[2]
    ours = good(world.admin.get("/api/documents", limit=1))["next"].partition("cursor=")[2]
    made_up = foreign[:-4] + "AAAA"
    answers = [world.admin.get("/api/documents", limit=1, cursor=one) for one in (foreign, made_up)]
    assert seen(answers[0], foreign) == seen(answers[1], made_up)
    refused(answers[0], 400, "bad_cursor")
    assert good(world.admin.get("/api/documents", limit=1, cursor=ours))["results"]


def test_a_foreign_idempotency_key_replays_nothing(world: World) -> None:
    """The same person, in two organizations, may use one key twice."""
    both = world.brook.person("Both")
    first = both.post("/api/organizations", {"name": "First"}, idempotency_key="one").json()["id"]
    second = both.post("/api/organizations", {"name": "Second"}, idempotency_key="two").json()["id"]
    body = {"title": "Twice", "file": TEXT.said()}
    answers = [
        both.at(one).post("/api/documents", body, idempotency_key="same") for one in (first, second)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]
    assert "idempotent-replayed" not in answers[1].headers


def test_the_other_organization_was_not_touched(world: World) -> None:
    founder = world.theirs.founder
    row = founder.document(world.their_document)
    assert (row["title"], row["version"]) == ("Theirs", 1)
    assert good(founder.get(f"/api/teams/{world.their_team}"))["users"] == [world.their_member]
    assert good(founder.get(f"/api/members/{world.their_member}"))["role"] == "member"
    assert good(founder.get("/api/members"))["count"] == 2
