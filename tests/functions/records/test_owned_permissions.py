"""Permissions on records with an owner, for each kind of such records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.functions.conftest import join
from tests.support import deals, entities
from tests.support.client import Client, Reply
from tests.support.stream import project, recorded

pytestmark = pytest.mark.thorough

WHO = ("owner", "creator", "team", "member", "admin", "super_admin", "outsider")
ALLOWED = ("owner", "creator", "team", "admin", "super_admin")

DENIED = {"member": 403, "outsider": 404}
"""A member knows that the record is there; to another organization it does not exist."""


def _nothing(_client: Client, _record: Any) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class SubRoute:
    """A route below a record.

    Attributes:
        method: of the request.
        path: below the record's path; `{0}` and `{1}` stand for ids that `prepare` answers.
        status: what whoever is allowed gets.
        body: what is sent; a callable is given the ids.
        prepare: makes what the request needs, as the record's creator; answers its ids.
    """

    method: str
    path: str
    status: int = 200
    body: Any = None
    prepare: Callable[[Client, Any], tuple[str, ...]] = _nothing

    def __str__(self) -> str:
        return f"{self.method} {self.path or '.'}"


@dataclass(frozen=True)
class Kind:
    """A kind of records with an owner. Another one is another entry of `KINDS`.

    Attributes:
        path: of the collection.
        body: the least that makes one, its name aside.
        named: the field that is its name, and is searched.
        filters: further queries that find a record made by `furnish`.
        routes: all that can be asked of one record.
        furnish: adds what the filters look for.
        needs: what its body holds besides, made by whoever makes it.
        is_shared: it can be shared with teams.
        is_searched: it can be found by its name.
    """

    path: str
    body: Mapping[str, Any]
    named: str
    filters: list[str]
    routes: list[SubRoute]
    furnish: Callable[[Client, Any], None] = lambda _client, _record: None
    needs: Callable[[Client], Mapping[str, Any]] = lambda _client: {}
    is_shared: bool = True
    is_searched: bool = True

    @property
    def allowed(self) -> tuple[str, ...]:
        return tuple(who for who in ALLOWED if self.is_shared or who != "team")

    @property
    def denied(self) -> Mapping[str, int]:
        return DENIED if self.is_shared else {**DENIED, "team": 403}

    def make(self, client: Client, name: str, **fields: Any) -> Any:
        body = {**self.body, **self.needs(client), self.named: name, **fields}
        reply = client.post(self.path, body)
        assert reply.status == 201, reply.text
        return reply.json

    def rewritten(self, record: Any) -> dict[str, Any]:
        """The body of a PUT that changes the name."""
        kept = {name: record[name] for name in ("type", "entity_id") if name in record}
        return {**self.body, **kept, self.named: "Changed"}

    def at(self, record: Any, rest: str = "") -> str:
        return f"{self.path}/{record['id']}{rest}"


def _part(collection: str, body: Any, change: Any) -> list[SubRoute]:
    """The six routes of one collection of parts."""

    def one(client: Client, record: Any) -> tuple[str, ...]:
        return (entities.part(client, record, collection, body)["id"],)

    path = f"/{collection}"
    return [
        SubRoute("POST", path, 201, body),
        SubRoute("GET", path, prepare=one),
        SubRoute("GET", f"{path}/{{0}}", prepare=one),
        SubRoute("PUT", f"{path}/{{0}}", 200, body, one),
        SubRoute("PATCH", f"{path}/{{0}}", 200, change, one),
        SubRoute("DELETE", f"{path}/{{0}}", 204, None, one),
    ]


def _another(client: Client, record: Any) -> tuple[str, ...]:
    """A record of the same kind that each of those who are allowed may change."""
    shared = {"shared_with": record["shared_with"], "assigned_to": record["assigned_to"]}
    made = entities.entity(client, "Another", **shared)
    return (made["id"],)


def _related(client: Client, record: Any) -> tuple[str, ...]:
    (other,) = _another(client, record)
    return entities.related(client, record, {"id": other})["id"], other


def _relates(ids: tuple[str, ...]) -> Any:
    return {"to_entity": ids[-1], "relationship_type": "owns"}


ENTITY = Kind(
    path="/api/entities",
    body={"type": "account"},
    named="name",
    filters=[
        "type=account",
        "status=active",
        "type=account&status=active",
        "contact_point=hidden@example.com",
        "contact_point=hidden@example.com&status=active",
        "name=hidden&type=account&status=active",
    ],
    furnish=lambda client, record: (
        entities.contact_point(client, record, value="hidden@example.com") and None
    ),
    routes=[
        *_part("identifiers", entities.IDENTIFIER, {"country": "DE"}),
        *_part("contact-points", entities.EMAIL, {"label": "Work"}),
        *_part("addresses", entities.ADDRESS, {"line2": "Back"}),
        SubRoute("POST", "/relationships", 201, _relates, _another),
        SubRoute("GET", "/relationships", prepare=_related),
        SubRoute("GET", "/relationships/{0}", prepare=_related),
        SubRoute("PUT", "/relationships/{0}", 200, _relates, _related),
        SubRoute("PATCH", "/relationships/{0}", 200, {"inverse_type": "x"}, _related),
        SubRoute("DELETE", "/relationships/{0}", 204, None, _related),
        SubRoute("GET", "/history"),
        SubRoute("GET", "/duplicates"),
    ],
)

DEAL = Kind(
    path="/api/deals",
    body={"expected_close_date": "2026-12-01"},
    named="name",
    filters=[
        "status=open",
        "expected_close_after=2026-12-01&expected_close_before=2026-12-02",
        "name=hidden&status=open&expected_close_before=2027-01-01",
    ],
    needs=lambda client: {"entity_id": entities.entity(client)["id"]},
    routes=[
        SubRoute(
            "POST",
            "/move",
            200,
            lambda ids: {"stage_id": ids[0]},
            lambda client, _: (deals.sales(client)["Won"],),
        ),
        SubRoute("GET", "/stage-history"),
        SubRoute("GET", "/history"),
    ],
)

ACTIVITY = Kind(
    path="/api/activities",
    body={"type": "task", "due_date": "2026-12-01"},
    named="subject",
    filters=[
        "type=task",
        "is_completed=false",
        "order=due_date",
        "order=due_date&is_completed=false&type=task",
        "due_after=2026-12-01&due_before=2026-12-02",
    ],
    routes=[SubRoute("GET", "/history")],
    is_shared=False,
    is_searched=False,
)

LEAD = Kind(
    path="/api/leads",
    body={"email": "hidden@example.com"},
    named="last_name",
    filters=[
        "status=assigned",
        "email=hidden@example.com",
        "name=hidden&status=assigned&email=hidden@example.com",
    ],
    routes=[SubRoute("POST", "/convert", 200, {"create_deal": True}), SubRoute("GET", "/history")],
)

CASE = Kind(
    path="/api/cases",
    body={"priority": "high"},
    named="name",
    filters=[
        "status=new",
        "priority=high",
        "case_type=question&priority=high",
        "name=hidden&status=new",
    ],
    needs=lambda client: {"entity_id": entities.entity(client)["id"]},
    routes=[SubRoute("GET", "/history")],
)

BY_NAME = {"entity": ENTITY, "deal": DEAL, "activity": ACTIVITY, "lead": LEAD, "case": CASE}
KINDS = [pytest.param(kind, id=name) for name, kind in BY_NAME.items()]
SHARED = [pytest.param(kind, id=name) for name, kind in BY_NAME.items() if kind.is_shared]

THE_RECORD = [
    SubRoute("GET", ""),
    SubRoute("PUT", ""),
    SubRoute("PATCH", ""),
    SubRoute("DELETE", "", 204),
]


@dataclass(frozen=True)
class House:
    """An organization, with everybody in a different position to one record."""

    people: Mapping[str, Client]
    team: str

    def record(self, kind: Kind, name: str = "Hidden") -> Any:
        """Made by the creator, then assigned to the owner, and shared with the team."""
        fields: dict[str, Any] = {"assigned_to": self.people["owner"].user_id}
        if kind.is_shared:
            fields["shared_with"] = [self.team]
        return kind.make(self.people["creator"], name, **fields)


@pytest.fixture
def house(ada: Client, ben: Client, cleo: Client, root: Client, eve: Client, team: str) -> House:
    people = {
        "owner": join(ada, "olga@example.com", "Olga", "Owner"),
        "creator": ben,
        "team": cleo,
        "member": join(ada, "mia@example.com", "Mia", "Member"),
        "admin": ada,
        "super_admin": root,
        "outsider": eve,
    }
    assert tuple(people) == WHO
    return House(people, team)


def _ask(client: Client, kind: Kind, record: Any, route: SubRoute, ids: tuple[str, ...]) -> Reply:
    path = kind.at(record, route.path.format(*ids))
    body = route.body(ids) if callable(route.body) else route.body
    if route in THE_RECORD and route.method in {"PUT", "PATCH"}:
        body = kind.rewritten(record) if route.method == "PUT" else {kind.named: "Changed"}
    return client.call(route.method, path, json=body)


@pytest.mark.parametrize(
    ("kind", "route"),
    [
        pytest.param(kind, route, id=f"{name}: {route}")
        for name, kind in BY_NAME.items()
        for route in (*THE_RECORD, *kind.routes)
    ],
)
def test_each_route(house: House, kind: Kind, route: SubRoute) -> None:
    """Each person asks the same of a record of their own, whose parts nobody has touched."""
    admin = house.people["admin"]
    found: dict[str, Any] = {}
    for who, person in house.people.items():
        record = house.record(kind)
        ids = route.prepare(house.people["creator"], record)
        reply = _ask(person, kind, record, route, ids)
        found[who] = reply.status
        if who in kind.denied:
            code = {403: "permission_denied", 404: "not_found"}[kind.denied[who]]
            assert reply.problem == (kind.denied[who], code)
            assert "Hidden" not in reply.text
            inside = _ask(person.within(admin.organization_id), kind, record, route, ids)
            expected = "not_a_member" if who == "outsider" else "permission_denied"
            assert inside.problem == (403, expected)
            after = admin.get(kind.at(record))
            assert after.status == 200
            assert after.json["version"] == 1
        assert admin.delete(kind.at(record)).status in {204, 404}
    assert found == {who: kind.denied.get(who, route.status) for who in WHO}


@pytest.mark.parametrize("kind", KINDS)
def test_another_organizations_record_looks_like_none(house: House, kind: Kind) -> None:
    outsider, record = house.people["outsider"], house.record(kind)
    for route in (*THE_RECORD, *kind.routes):
        ids = (entities.UNKNOWN, entities.UNKNOWN)
        real = _ask(outsider, kind, record, route, ids)
        unknown = _ask(outsider, kind, {**record, "id": entities.UNKNOWN}, route, ids)
        assert (real.status, real.text) == (unknown.status, unknown.text), route
        assert real.problem == (404, "not_found")


@pytest.mark.parametrize("kind", KINDS)
def test_lists_counts_and_searches(house: House, kind: Kind) -> None:
    """Each query shows the record to those who may see it, and says nothing to the others."""
    admin, owner = house.people["admin"], house.people["owner"]
    creator = house.people["creator"]
    queries = [
        "",
        "limit=1",
        f"assigned_to={owner.user_id}",
        *kind.filters,
    ]
    if kind.is_searched:
        queries += ["name=hidden", "name=hi", f"assigned_to={owner.user_id}&name=hidden"]
    with recorded() as records:
        for who in ("member", "outsider"):
            kind.furnish(house.people[who], kind.make(house.people[who], "Hidden, my own"))
    project(records)

    def answers(who: str) -> list[Any]:
        paths = [f"{kind.path}?{query}" for query in queries]
        return [house.people[who].get(path).json for path in paths]

    blind = {who: answers(who) for who in kind.denied}
    before = {who: [one["count"] for one in answers(who)] for who in kind.allowed}
    with recorded() as records:
        record = house.record(kind)
        kind.furnish(admin, record)
    project(records)
    for who in kind.denied:
        assert answers(who) == blind[who], who
    for who in kind.allowed:
        for query, count, page in zip(queries, before[who], answers(who), strict=True):
            found = [row["id"] for row in page["results"]]
            assert record["id"] in (found if "order" in query else found[:1]), (who, query)
            assert page["count"] == count + 1, (who, query)
    with recorded() as records:
        assert creator.delete(kind.at(record)).status == 204
    project(records)
    for who in kind.allowed:
        assert [one["count"] for one in answers(who)] == before[who], who


@pytest.mark.parametrize("kind", KINDS)
def test_following_pages_betray_nothing_either(house: House, kind: Kind) -> None:
    member = house.people["member"]
    mine = []
    for n in range(4):
        mine.append(kind.make(member, f"Mine {n}")["id"])
        house.record(kind, f"Theirs {n}")
    walked, link = [], f"{kind.path}?limit=1"
    while link:
        page = member.get(link)
        assert (page.json["count"], page.json["count_exact"]) == (4, True)
        walked += page.ids
        link = page.json["next"]
    assert walked == mine[::-1]


@pytest.mark.parametrize("kind", SHARED)
@pytest.mark.parametrize(
    ("who", "end"),
    [
        ("team", lambda house: ("PATCH", f"/api/teams/{house.team}", {"users": []})),
        ("team", lambda house: ("DELETE", f"/api/teams/{house.team}", None)),
    ],
    ids=["leaves the team", "team deleted"],
)
def test_what_a_team_gave_ends_at_once(house: House, kind: Kind, who: str, end: Any) -> None:
    record, person = house.record(kind), house.people[who]
    assert person.get(kind.at(record)).status == 200
    method, path, body = end(house)
    assert house.people["admin"].call(method, path, json=body).status in {200, 204}
    assert person.get(kind.at(record)).problem == (403, "permission_denied")
    assert person.patch(kind.at(record), {}).problem == (403, "permission_denied")
    assert person.get(kind.path).json["count"] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_changes_hands(house: House, kind: Kind) -> None:
    """A former owner does not see the record; its creator always does."""
    record = house.record(kind)
    member, owner, creator, team = (
        house.people[who] for who in ("member", "owner", "creator", "team")
    )
    taken: dict[str, Any] = {"shared_with": []} if kind.is_shared else {}
    changed = owner.patch(kind.at(record), {"assigned_to": member.user_id, **taken})
    assert changed.status == 200
    for person, status in ((member, 200), (owner, 403), (creator, 200), (team, 403)):
        assert person.get(kind.at(record)).status == status
        assert person.get(kind.path).json["count"] == int(status == 200)


@pytest.mark.parametrize("kind", KINDS)
def test_a_role_counts_at_the_next_request(house: House, kind: Kind) -> None:
    record, member, admin = house.record(kind), house.people["member"], house.people["admin"]
    path = f"/api/members/{member.user_id}"
    for role, status in (("admin", 200), ("member", 403)):
        assert admin.patch(path, {"role": role}).status == 200
        assert member.get(kind.at(record)).status == status
        assert member.get(kind.path).json["count"] == int(role == "admin")


@pytest.mark.parametrize("kind", KINDS)
def test_any_member_makes_one(house: House, kind: Kind) -> None:
    for who in (*ALLOWED, "member"):
        assert kind.make(house.people[who], "New")["created_by"] == house.people[who].user_id
    outsider = house.people["outsider"].within(house.people["admin"].organization_id)
    needed = kind.needs(house.people["admin"])
    refused = outsider.post(kind.path, {**kind.body, **needed, kind.named: "New"})
    assert refused.problem == (403, "not_a_member")
