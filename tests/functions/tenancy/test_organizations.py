"""/api/organizations"""

from typing import Any

import pytest

from tests.support.client import Client
from tests.support.cloud import Cloud
from tests.support.crashes import after_each_commit
from tests.support.tables import items


@pytest.fixture
def nora(cloud: Cloud) -> Client:
    """Somebody who is a member of nothing."""
    return Client(cloud.new_user("nora@example.com", "Nora", "New"))


def test_founding_answers_with_the_record(nora: Client) -> None:
    reply = nora.post("/api/organizations", {"name": "  Brook & Söhne ", "default_currency": "EUR"})
    body = reply.json
    assert reply.status == 201
    assert reply.headers["Location"] == f"/api/organizations/{body['id']}"
    assert reply.headers["ETag"] == '"1"'
    assert reply.headers["Content-Type"] == "application/json"
    assert body == {
        "id": body["id"],
        "name": "Brook & Söhne",
        "default_currency": "EUR",
        "created_on": body["created_on"],
        "created_by": nora.user_id,
        "updated_on": body["created_on"],
        "updated_by": nora.user_id,
        "version": 1,
    }
    assert nora.get(reply.headers["Location"]).json == body


def test_the_founder_is_its_admin_under_the_name_of_the_user_pool(nora: Client) -> None:
    organization_id = nora.post("/api/organizations", {"name": "Brook"}).json["id"]
    member = nora.within(organization_id).get(f"/api/members/{nora.user_id}").json
    assert (member["role"], member["is_active"], member["teams"]) == ("admin", True, [])
    assert (member["first_name"], member["last_name"]) == ("Nora", "New")
    assert member["email"] == "nora@example.com"


FOUNDING_REFUSES: list[tuple[Any, str]] = [
    ({}, "name"),
    ({"name": ""}, "name"),
    ({"name": " \t "}, "name"),
    ({"name": "x" * 256}, "name"),
    ({"name": "two\nlines"}, "name"),
    ({"name": 7}, "name"),
    ({"name": None}, "name"),
    ({"name": "Brook", "default_currency": "EURO"}, "default_currency"),
    ({"name": "Brook", "default_currency": "XQX"}, "default_currency"),
    ({"name": "Brook", "id": "01a1ffdb-af27-7272-b146-7e048da82017"}, "id"),
    ({"name": "Brook", "created_by": "me"}, "created_by"),
    ({"name": "Brook", "version": 7}, "version"),
    ({"name": "Brook", "colour": "red"}, "colour"),
    ([], "body"),
]


def test_founding_refuses(nora: Client) -> None:
    for body, field in FOUNDING_REFUSES:
        reply = nora.post("/api/organizations", body)
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == [field]
        assert nora.get("/api/organizations").json["results"] == []


def test_a_name_may_have_255_characters(nora: Client) -> None:
    assert nora.post("/api/organizations", {"name": "ä" * 255}).status == 201


def test_the_list_holds_mine_alone_newest_first(ada: Client, eve: Client) -> None:
    second = ada.post("/api/organizations", {"name": "Second"}).json
    listed = ada.get("/api/organizations").json
    assert [one["name"] for one in listed["results"]] == ["Second", "Brook"]
    assert listed["results"][0] == second
    assert (listed["count"], listed["count_exact"]) == (2, True)
    assert (listed["next"], listed["previous"]) == (None, None)


def test_a_patch_changes_what_it_names(ada: Client) -> None:
    path = f"/api/organizations/{ada.organization_id}"
    before = ada.get(path).json
    reply = ada.patch(path, {"default_currency": "CHF"})
    assert (reply.status, reply.headers["ETag"]) == (200, '"2"')
    assert reply.json == {
        **before,
        "default_currency": "CHF",
        "version": 2,
        "updated_on": reply.json["updated_on"],
    }
    assert ada.get(path).json == reply.json


@pytest.mark.parametrize("body", [{"name": None}, {"name": ""}, {"default_currency": "nope"}])
def test_a_patch_refuses_what_founding_would(ada: Client, body: Any) -> None:
    reply = ada.patch(f"/api/organizations/{ada.organization_id}", body)
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == list(body)


def test_only_admins_change_it(ada: Client, ben: Client, root: Client) -> None:
    path = f"/api/organizations/{ada.organization_id}"
    assert ben.get(path).status == 200
    assert ben.patch(path, {"name": "Ben's"}).problem == (403, "permission_denied")
    assert root.patch(path, {"name": "Root's"}).json["updated_by"] == root.user_id


class TestHeader:
    """The path decides; the header may be left out, and if sent must name the same."""

    def test_left_out(self, ada: Client) -> None:
        path = f"/api/organizations/{ada.organization_id}"
        assert ada.within(None).get(path).status == 200
        assert ada.within(None).patch(path, {"name": "New"}).json["name"] == "New"

    def test_naming_the_same(self, ada: Client) -> None:
        assert ada.organization_id
        path = f"/api/organizations/{ada.organization_id}"
        assert ada.within(ada.organization_id.upper()).get(path).status == 200

    def test_naming_another(self, ada: Client, eve: Client) -> None:
        path = f"/api/organizations/{ada.organization_id}"
        elsewhere = ada.within(eve.organization_id)
        assert elsewhere.get(path).problem == (400, "invalid_request")
        assert elsewhere.patch(path, {"name": "X"}).problem == (400, "invalid_request")
        assert ada.get(path).json["name"] == "Brook"

    def test_malformed(self, ada: Client) -> None:
        path = f"/api/organizations/{ada.organization_id}"
        assert ada.within("brook").get(path).problem == (400, "organization_required")


def test_foreign_and_unknown_look_the_same(ada: Client, eve: Client) -> None:
    eve = eve.within(None)
    foreign = eve.get(f"/api/organizations/{ada.organization_id}")
    unknown = eve.get("/api/organizations/01a1ffdb-0000-7000-8000-000000000000")
    assert foreign.problem == (403, "not_a_member")
    assert foreign.text == unknown.text
    assert foreign.headers == unknown.headers


def test_a_super_admin_asking_for_none_that_exists(root: Client) -> None:
    root = root.within(None)
    unknown = root.get("/api/organizations/01a1ffdb-0000-7000-8000-000000000000")
    assert unknown.problem == (404, "not_found")


def test_it_begins_with_a_pipeline(ada: Client) -> None:
    """The same moment as the organization itself."""
    page = ada.get("/api/pipelines").json
    [pipeline] = page["results"]
    assert page["count"] == 1
    assert (pipeline["name"], pipeline["is_active"]) == ("Sales Pipeline", True)
    assert (pipeline["created_by"], pipeline["version"]) == (ada.user_id, 1)
    assert [
        (one["name"], one["order"], one["probability"], one["status"], one["allowed_from"])
        for one in pipeline["stages"]
    ] == [
        ("Lead", 0, 10, "open", None),
        ("Qualified", 1, 25, "open", None),
        ("Proposal", 2, 50, "open", None),
        ("Negotiation", 3, 75, "open", None),
        ("Won", 4, 100, "closed_won", None),
        ("Lost", 5, 0, "closed_lost", None),
    ]


def test_founding_is_one_transaction(nora: Client) -> None:
    seen: list[int] = []
    with after_each_commit(lambda: seen.append(len(items()))):
        assert nora.post("/api/organizations", {"name": "Brook"}).status == 201
    assert seen == [len(items())]
