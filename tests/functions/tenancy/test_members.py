"""/api/members"""

from typing import Any

import pytest

from crm.tenancy import user_pool
from crm.tenancy.profiles import Profile
from tests.functions.conftest import join
from tests.support.client import Client
from tests.support.cloud import Cloud

DORA = {"email": "dora@Example.com", "first_name": " Dora ", "last_name": "D."}


def test_inviting_somebody_new(ada: Client) -> None:
    reply = ada.post("/api/members", {**DORA, "role": "admin"})
    member = reply.json
    assert reply.status == 201
    assert reply.headers["Location"] == f"/api/members/{member['id']}"
    assert reply.headers["ETag"] == '"1"'
    assert member == {
        "id": member["id"],
        "email": "dora@example.com",
        "first_name": "Dora",
        "last_name": "D.",
        "role": "admin",
        "is_active": True,
        "teams": [],
        "created_on": member["created_on"],
        "created_by": ada.user_id,
        "updated_on": member["created_on"],
        "updated_by": ada.user_id,
        "version": 1,
    }
    dora = Client(member["id"], ada.organization_id)
    assert dora.get(reply.headers["Location"]).json == member
    assert dora.get("/api/me").json["role"] == "admin"


def test_inviting_somebody_whom_the_user_pool_knows(ada: Client, eve: Client) -> None:
    reply = ada.post(
        "/api/members", {"email": "eve@example.com", "first_name": "Evi", "last_name": "E"}
    )
    assert (reply.status, reply.json["id"]) == (201, eve.user_id)
    mine = eve.within(None).get("/api/me").json
    assert [one["name"] for one in mine["organizations"]] == ["Elsewhere", "Brook"]
    assert mine["first_name"] == "Eve"


def test_inviting_twice(ada: Client, ben: Client) -> None:
    body = {"email": "ben@example.com", "first_name": "Ben", "last_name": "Again"}
    reply = ada.post("/api/members", body)
    assert reply.problem == (409, "duplicate")
    assert reply.fields == ["email"]


def test_an_address_is_one_member_s_even_if_the_user_pool_knows_two_who_have_it(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def somebody(user_id: str, email: str) -> Any:
        found = Profile(id=user_id, email=email)
        monkeypatch.setattr(user_pool, "find_or_create", lambda *_: found)
        return ada.post("/api/members", {**DORA, "email": email})

    assert somebody("first", "dora@example.com").status == 201
    for email in ("dora@example.com", "Dora@example.com"):
        reply = somebody("second", email)
        assert reply.problem == (409, "duplicate")
        assert reply.fields == ["email"]
    assert ada.get("/api/members").json["count"] == 2
    assert ada.delete("/api/members/first").status == 204
    assert somebody("second", "dora@example.com").status == 201
    assert somebody("first", "dora@example.com").problem == (409, "duplicate")


INVITING_REFUSES: list[tuple[Any, list[str]]] = [
    ({}, ["email", "first_name", "last_name"]),
    ({**DORA, "email": "dora"}, ["email"]),
    ({**DORA, "email": "a@b@c.de"}, ["email"]),
    ({**DORA, "role": "owner"}, ["role"]),
    ({**DORA, "first_name": ""}, ["first_name"]),
    ({**DORA, "is_active": True}, ["is_active"]),
    ({**DORA, "teams": []}, ["teams"]),
]


def test_inviting_refuses(ada: Client) -> None:
    for body, fields in INVITING_REFUSES:
        reply = ada.post("/api/members", body)
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == fields


def test_members_read_and_admins_write(ada: Client, ben: Client, root: Client) -> None:
    path = f"/api/members/{ada.user_id}"
    assert ben.get("/api/members").status == 200
    assert ben.get(path).status == 200
    assert ben.post("/api/members", DORA).problem == (403, "permission_denied")
    assert ben.patch(path, {"role": "member"}).problem == (403, "permission_denied")
    assert ben.delete(path).problem == (403, "permission_denied")
    assert root.post("/api/members", DORA).status == 201


def test_the_list_is_newest_first(ada: Client, ben: Client, cleo: Client) -> None:
    listed = ada.get("/api/members").json
    assert [one["id"] for one in listed["results"]] == [cleo.user_id, ben.user_id, ada.user_id]
    assert listed["count"] == 3
    assert listed["results"][2] == ada.get(f"/api/members/{ada.user_id}").json


def test_a_patch_changes_what_it_names(ada: Client, ben: Client) -> None:
    path = f"/api/members/{ben.user_id}"
    before = ada.get(path).json
    reply = ada.patch(path, {"last_name": "Brown", "role": "admin"})
    assert (reply.status, reply.headers["ETag"]) == (200, '"2"')
    changed = {"last_name": "Brown", "role": "admin", "version": 2}
    assert reply.json == {**before, **changed, "updated_on": reply.json["updated_on"]}
    assert ben.get("/api/me").json["role"] == "admin"


A_PATCH_REFUSES: list[tuple[Any, str]] = [
    ({"email": "new@example.com"}, "email"),
    ({"teams": []}, "teams"),
    ({"is_removed": True}, "is_removed"),
    ({"version": 1}, "version"),
    ({"role": None}, "role"),
    ({"is_active": "yes"}, "is_active"),
    ("text", "body"),
]


def test_a_patch_refuses(ada: Client, ben: Client) -> None:
    for body, field in A_PATCH_REFUSES:
        reply = ada.patch(f"/api/members/{ben.user_id}", body)
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == [field]


def test_who_has_no_name_in_the_user_pool_can_be_changed(ada: Client, cloud: Cloud) -> None:
    nameless = Client("from-elsewhere")
    organization_id = nameless.post("/api/organizations", {"name": "Theirs"}).json["id"]
    nameless = nameless.within(organization_id)
    path = f"/api/members/{nameless.user_id}"
    assert nameless.get(path).json["last_name"] == ""
    assert nameless.patch(path, {"first_name": "Nora"}).json["first_name"] == "Nora"
    assert nameless.patch(path, {"role": "member"}).problem == (409, "last_admin")


def test_disabling_ends_access_with_the_next_request(ada: Client, ben: Client) -> None:
    path = f"/api/members/{ben.user_id}"
    assert ada.patch(path, {"is_active": False}).json["is_active"] is False
    assert ben.get("/api/members").problem == (403, "not_a_member")
    assert ada.patch(path, {"is_active": True}).status == 200
    assert ben.get("/api/members").status == 200


def test_removing(ada: Client, ben: Client) -> None:
    path = f"/api/members/{ben.user_id}"
    reply = ada.delete(path)
    assert (reply.status, reply.text) == (204, "")
    assert ada.delete(path).problem == (404, "not_found")
    assert ada.get(path).problem == (404, "not_found")
    assert ada.patch(path, {"role": "admin"}).problem == (404, "not_found")
    assert ada.get("/api/members").ids == [ada.user_id]
    assert ben.get("/api/members").problem == (403, "not_a_member")


def test_leaving_leaves_the_teams(ada: Client, cleo: Client, team: str) -> None:
    ada.delete(f"/api/members/{cleo.user_id}")
    assert ada.get(f"/api/teams/{team}").json["users"] == []


def test_coming_back(ada: Client, cleo: Client, team: str) -> None:
    """A fresh membership: no team and no role is left over from the first."""
    ada.patch(f"/api/members/{cleo.user_id}", {"role": "admin"})
    ada.delete(f"/api/members/{cleo.user_id}")
    assert join(ada, "cleo@example.com", "Cleo", "Second") == cleo
    member = ada.get(f"/api/members/{cleo.user_id}").json
    assert (member["last_name"], member["role"], member["teams"]) == ("Second", "member", [])
    assert sorted(ada.get("/api/members").ids) == sorted([ada.user_id, cleo.user_id])
    assert cleo.get("/api/me").json["role"] == "member"


class TestWithoutAUserPool:
    """Users come from elsewhere: an invitation names the user's `sub`."""

    def test_the_id_is_given(self, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("USER_POOL_ID", "")
        assert ada.post("/api/members", DORA).fields == ["id"]
        invited = ada.post("/api/members", {**DORA, "id": "auth0|dora"})
        assert (invited.status, invited.json["id"]) == (201, "auth0|dora")
        assert invited.headers["Location"] == "/api/members/auth0|dora"
        assert Client("auth0|dora", ada.organization_id).get("/api/me").json["role"] == "member"

    def test_with_one_the_pool_gives_it(self, ada: Client) -> None:
        assert ada.post("/api/members", {**DORA, "id": "auth0|dora"}).fields == ["id"]


def test_another_organizations_member_is_unknown(ada: Client, eve: Client, cloud: Cloud) -> None:
    foreign = ada.get(f"/api/members/{eve.user_id}")
    unknown = ada.get("/api/members/nobody")
    assert foreign.problem == (404, "not_found")
    assert foreign.text == unknown.text


class TestLastAdmin:
    """An organization keeps at least one active admin."""

    @pytest.mark.parametrize("body", [{"role": "member"}, {"is_active": False}])
    def test_is_neither_demoted_nor_disabled(self, ada: Client, body: Any) -> None:
        reply = ada.patch(f"/api/members/{ada.user_id}", body)
        assert reply.problem == (409, "last_admin")
        assert ada.get("/api/me").json["role"] == "admin"

    def test_is_not_removed(self, ada: Client) -> None:
        assert ada.delete(f"/api/members/{ada.user_id}").problem == (409, "last_admin")
        assert ada.get("/api/members").ids == [ada.user_id]

    def test_not_by_a_super_admin_either(self, ada: Client, root: Client) -> None:
        assert root.delete(f"/api/members/{ada.user_id}").problem == (409, "last_admin")

    def test_may_change_otherwise(self, ada: Client) -> None:
        reply = ada.patch(f"/api/members/{ada.user_id}", {"first_name": "Augusta"})
        assert (reply.status, reply.json["role"]) == (200, "admin")

    def test_goes_when_there_is_another(self, ada: Client, ben: Client) -> None:
        ada.patch(f"/api/members/{ben.user_id}", {"role": "admin"})
        assert ada.delete(f"/api/members/{ada.user_id}").status == 204
        assert ben.delete(f"/api/members/{ben.user_id}").problem == (409, "last_admin")

    @pytest.mark.parametrize("body", [{"role": "member"}, {"is_active": False}])
    def test_another_who_is_active_no_more_does_not_count(
        self, ada: Client, ben: Client, body: Any
    ) -> None:
        ada.patch(f"/api/members/{ben.user_id}", {"role": "admin"})
        ada.patch(f"/api/members/{ben.user_id}", body)
        assert ada.delete(f"/api/members/{ada.user_id}").problem == (409, "last_admin")
