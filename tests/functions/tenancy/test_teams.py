"""/api/teams"""

from typing import Any

import pytest

from crm.tenancy.members import service as members
from tests.functions.conftest import join
from tests.support.client import Client

UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"


def test_making_one(ada: Client, ben: Client, cleo: Client) -> None:
    users = sorted([cleo.user_id, ben.user_id])
    reply = ada.post(
        "/api/teams",
        {"name": " Sales ", "description": "Those\nwho sell", "users": [*users, users[0]]},
    )
    made = reply.json
    assert reply.status == 201
    assert reply.headers["Location"] == f"/api/teams/{made['id']}"
    assert reply.headers["ETag"] == '"1"'
    assert made == {
        "id": made["id"],
        "name": "Sales",
        "description": "Those\nwho sell",
        "users": users,
        "created_on": made["created_on"],
        "created_by": ada.user_id,
        "updated_on": made["created_on"],
        "updated_by": ada.user_id,
        "version": 1,
    }
    assert ben.get(reply.headers["Location"]).json == made
    assert ben.get("/api/me").json["teams"] == [made["id"]]


def test_defaults(ada: Client) -> None:
    made = ada.post("/api/teams", {"name": "Sales"}).json
    assert (made["description"], made["users"]) == (None, [])


MAKING_REFUSES: list[tuple[Any, str]] = [
    ({}, "name"),
    ({"name": " "}, "name"),
    ({"name": "x" * 256}, "name"),
    ({"name": "A", "description": 3}, "description"),
    ({"name": "A", "users": "everybody"}, "users"),
    ({"name": "A", "users": ["a#b"]}, "users.0"),
    ({"name": "A", "users": [UNKNOWN]}, "users"),
    ({"name": "A", "created_on": "2026-01-01"}, "created_on"),
    ({"name": "A", "members": []}, "members"),
]


def test_making_refuses(ada: Client) -> None:
    for body, field in MAKING_REFUSES:
        reply = ada.post("/api/teams", body)
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == [field]
        assert ada.get("/api/teams").json["count"] == 0


def test_who_is_not_an_active_member_of_this_organization_joins_no_team(
    ada: Client, ben: Client, eve: Client
) -> None:
    foreign = ada.post("/api/teams", {"name": "Sales", "users": [eve.user_id]})
    ada.patch(f"/api/members/{ben.user_id}", {"is_active": False})
    disabled = ada.post("/api/teams", {"name": "Sales", "users": [ben.user_id]})
    ada.delete(f"/api/members/{ben.user_id}")
    removed = ada.post("/api/teams", {"name": "Sales", "users": [ben.user_id]})
    for reply in (foreign, disabled, removed):
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == ["users"]


def test_members_read_and_admins_write(ben: Client, team: str, root: Client) -> None:
    path = f"/api/teams/{team}"
    assert ben.get("/api/teams").ids == [team]
    assert ben.get(path).status == 200
    for reply in (
        ben.post("/api/teams", {"name": "Mine"}),
        ben.put(path, {"name": "Mine"}),
        ben.patch(path, {"name": "Mine"}),
        ben.delete(path),
    ):
        assert reply.problem == (403, "permission_denied")
    assert root.patch(path, {"name": "Root's"}).status == 200


def test_the_list_is_newest_first_with_users(ada: Client, cleo: Client, team: str) -> None:
    second = ada.post("/api/teams", {"name": "Support"}).json
    listed = ada.get("/api/teams").json
    assert listed["results"] == [second, ada.get(f"/api/teams/{team}").json]
    assert listed["results"][1]["users"] == [cleo.user_id]
    assert listed["count"] == 2


@pytest.mark.parametrize("name", ["Sales", "SALES", "ｓａｌｅｓ", " sales "])
def test_a_name_is_taken_in_any_spelling(ada: Client, team: str, name: str) -> None:
    second = ada.post("/api/teams", {"name": "Support"}).json["id"]
    for reply in (
        ada.post("/api/teams", {"name": name}),
        ada.patch(f"/api/teams/{second}", {"name": name}),
    ):
        assert reply.problem == (409, "duplicate")
        assert reply.fields == ["name"]
    assert len(ada.get("/api/teams").ids) == 2


def test_a_name_is_free_again(ada: Client, eve: Client, team: str) -> None:
    """Its own team may respell it, others may have it after a change or the team's end."""
    path = f"/api/teams/{team}"
    assert ada.patch(path, {"name": "SALES"}).json["name"] == "SALES"
    assert ada.patch(path, {"name": "Support"}).status == 200
    again = ada.post("/api/teams", {"name": "Sales"})
    assert again.status == 201
    assert ada.delete(f"/api/teams/{again.json['id']}").status == 204
    assert ada.post("/api/teams", {"name": "Sales"}).status == 201
    assert eve.post("/api/teams", {"name": "Sales"}).status == 201


def test_put_replaces(ada: Client, ben: Client, cleo: Client, team: str) -> None:
    path = f"/api/teams/{team}"
    ada.patch(path, {"description": "Those who sell"})
    before = ada.get(path).json
    reply = ada.put(path, {"name": "Sellers", "users": [ben.user_id]})
    assert (reply.status, reply.headers["ETag"]) == (200, '"3"')
    assert reply.json == {
        **before,
        "name": "Sellers",
        "description": None,
        "users": [ben.user_id],
        "version": 3,
        "updated_on": reply.json["updated_on"],
    }
    assert ada.get(path).json == reply.json
    assert ben.get("/api/me").json["teams"] == [team]
    assert cleo.get("/api/me").json["teams"] == []
    assert ada.put(path, {"description": "no name"}).fields == ["name"]


def test_patch_merges(ada: Client, cleo: Client, team: str) -> None:
    path = f"/api/teams/{team}"
    described = ada.patch(path, {"description": "Those who sell"}).json
    assert (described["name"], described["users"]) == ("Sales", [cleo.user_id])
    cleared = ada.patch(path, {"description": None}).json
    assert (cleared["description"], cleared["users"]) == (None, [cleo.user_id])
    assert ada.patch(path, {"users": None}).json["users"] == []
    assert ada.patch(path, {"name": None}).fields == ["name"]
    assert ada.patch(path, {"users": [UNKNOWN]}).fields == ["users"]
    assert ada.get(path).json["version"] == 4


def test_deleting(ada: Client, cleo: Client, team: str) -> None:
    path = f"/api/teams/{team}"
    reply = ada.delete(path)
    assert (reply.status, reply.text) == (204, "")
    assert ada.delete(path).problem == (404, "not_found")
    assert ada.get(path).problem == (404, "not_found")
    assert ada.get("/api/teams").json["count"] == 0
    assert cleo.get("/api/me").json["teams"] == []


def test_another_organizations_team_is_unknown(eve: Client, team: str) -> None:
    foreign, unknown = eve.get(f"/api/teams/{team}"), eve.get(f"/api/teams/{UNKNOWN}")
    assert foreign.problem == (404, "not_found")
    assert foreign.text == unknown.text
    assert eve.delete(f"/api/teams/{team}").problem == (404, "not_found")


class TestLargeTeams:
    """More members than one transaction holds."""

    @pytest.fixture
    def crowd(self, ada: Client, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        monkeypatch.setattr(members, "MEMBERS_PER_TRANSACTION", 2)
        people = [join(ada, f"p{number}@example.com", "P", str(number)) for number in range(5)]
        return sorted(person.user_id for person in people)

    def test_are_made_changed_and_dissolved(self, ada: Client, crowd: list[str]) -> None:
        made = ada.post("/api/teams", {"name": "All", "users": crowd}).json
        path = f"/api/teams/{made['id']}"
        assert ada.get(path).json["users"] == crowd
        assert ada.put(path, {"name": "All"}).json["users"] == []
        assert ada.get(path).json["users"] == []
        ada.patch(path, {"users": crowd})
        assert ada.delete(path).status == 204
        teams = [one["teams"] for one in ada.get("/api/members").json["results"]]
        assert teams == [[]] * 6


def test_a_member_may_be_in_several_teams(ada: Client, cleo: Client, team: str) -> None:
    second = ada.post("/api/teams", {"name": "Support", "users": [cleo.user_id]}).json["id"]
    assert cleo.get("/api/me").json["teams"] == sorted([team, second])
    ada.delete(f"/api/teams/{team}")
    assert cleo.get("/api/me").json["teams"] == [second]
