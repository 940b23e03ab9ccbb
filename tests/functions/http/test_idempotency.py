"""Idempotency-Key: the same POST twice has one effect and one answer."""

import json
import time
from typing import Any

import pytest

from crm.administration.tenants import provisioning
from crm.http import idempotency
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import ConflictError, UnavailableError
from tests.support import activities, rules
from tests.support.client import Client, Reply
from tests.support.entities import ADDRESS, EMAIL, IDENTIFIER, entity, path_of
from tests.support.tables import snapshot
from tools.openapi import resources

KEY = {"idempotency-key": "key-1"}
SALES = {"name": "Sales"}
ENTITIES, ACME = "/api/entities", {"type": "account", "name": "Acme"}


def send(client: Client, body: Any = SALES, **headers: str) -> Reply:
    return client.post("/api/teams", body, headers={**KEY, **headers})


def count(client: Client, path: str = "/api/teams") -> int:
    return int(client.get(path).json["count"])


def test_the_first_answer_again(ada: Client) -> None:
    first, second = send(ada), send(ada)
    assert (first.status, second.status) == (201, 201)
    assert second.text == first.text
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers == {**first.headers, "Idempotent-Replayed": "true"}
    assert count(ada) == 1


def test_it_stays_the_first_answer(ada: Client) -> None:
    """Also when the record has changed or gone since."""
    first = send(ada)
    ada.patch(first.headers["Location"], {"name": "Changed"})
    assert send(ada).text == first.text
    ada.delete(first.headers["Location"])
    assert send(ada).text == first.text
    assert count(ada) == 0


def test_it_is_kept_for_a_day(ada: Client) -> None:
    assert ada.organization_id
    send(ada)
    kept = SYSTEM.get(
        keys.idempotency(ada.organization_id, ada.user_id, "POST /api/teams", "key-1")
    )
    assert kept is not None
    assert kept["state"] == "done"
    assert 0 <= time.time() + 24 * 3600 - kept["expires_on"] < 60


def test_a_trailing_slash_is_no_other_path(ada: Client) -> None:
    first = send(ada)
    assert ada.post("/api/teams/", SALES, headers=KEY).text == first.text


def test_bodies_are_compared_as_json_values(ada: Client) -> None:
    first = send(ada, {"name": "Sales", "users": []})
    respelt = b'{ "users" : [ ] ,\n "name":"Sal\\u0065s" }'
    headers = {**KEY, "content-type": "application/json; charset=utf-8"}
    again = ada.call("POST", "/api/teams", body=respelt, headers=headers)
    assert again.text == first.text


@pytest.mark.parametrize("body", [{"name": "Support"}, {**SALES, "users": []}])
def test_another_body(ada: Client, body: Any) -> None:
    send(ada)
    assert send(ada, body).problem == (422, "idempotency_key_reused")
    assert count(ada) == 1


def test_it_is_kept_per_user_organization_and_path(ada: Client, root: Client, eve: Client) -> None:
    assert send(ada).status == 201
    assert send(root, {"name": "Support"}).status == 201
    assert send(eve).status == 201
    second = ada.post("/api/organizations", {"name": "Second"}, headers=KEY)
    assert second.status == 201
    assert send(ada.within(second.json["id"])).status == 201


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_of_the_wrong_length(ada: Client, key: str) -> None:
    reply = send(ada, **{"idempotency-key": key})
    assert reply.problem == (400, "invalid_request")
    assert count(ada) == 0


@pytest.mark.parametrize("key", ["x" * 255, "ORG#1#", "ключ"])
def test_any_other_key(ada: Client, key: str) -> None:
    first = send(ada, **{"idempotency-key": key})
    assert send(ada, **{"idempotency-key": key}).text == first.text
    assert count(ada) == 1


def test_only_posts_take_it(ada: Client, team: str) -> None:
    for name in ("One", "Two"):
        assert ada.patch(f"/api/teams/{team}", {"name": name}, headers=KEY).json["name"] == name


class TestFailure:
    """Only what succeeded is kept; after anything else the key is free again."""

    def test_of_the_body(self, ada: Client) -> None:
        assert send(ada, {"name": ""}).status == 422
        assert send(ada).status == 201

    def test_of_the_caller(self, ada: Client, ben: Client) -> None:
        assert send(ben).problem == (403, "permission_denied")
        ada.patch(f"/api/members/{ben.user_id}", {"role": "admin"})
        assert send(ben, {"name": "Another"}).status == 201

    def test_at_the_commit(self, ada: Client, team: str) -> None:
        assert send(ada).problem == (409, "duplicate")
        ada.delete(f"/api/teams/{team}")
        retried = send(ada)
        assert retried.status == 201
        assert "Idempotent-Replayed" not in retried.headers

    def test_unforeseen(self, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("crm.tenancy.teams.service.create", lambda *_: 1 / 0)
            assert send(ada).problem == (500, "internal_error")
        assert send(ada).status == 201


def plant(
    client: Client, body: Any = SALES, path: str = "/api/teams", **attributes: Any
) -> keys.Key:
    """Leave the marker of a request that is still running, or was cut off."""
    assert client.organization_id
    place = (client.organization_id, client.user_id, f"POST {path}", KEY["idempotency-key"])
    assert isinstance(idempotency.begin(*place, body), idempotency.Marker)
    key = keys.idempotency(*place)
    marker = SYSTEM.get(key)
    assert marker is not None
    assert marker["state"] == "running"
    SYSTEM.put(key, {**marker, **attributes})
    return key


class TestRunning:
    """The first request has not answered."""

    def test_and_still_may(self, ada: Client) -> None:
        plant(ada)
        reply = send(ada)
        assert reply.problem == (409, "idempotency_in_progress")
        assert reply.headers["Retry-After"] == "1"
        assert count(ada) == 0

    def test_another_body_is_told_so_at_once(self, ada: Client) -> None:
        plant(ada)
        assert send(ada, {"name": "Other"}).problem == (422, "idempotency_key_reused")

    @pytest.mark.parametrize("body", [SALES, {"name": "Other"}])
    def test_and_never_will(self, ada: Client, body: Any) -> None:
        plant(ada, lease_until=1)
        assert send(ada, body).status == 201
        assert send(ada, body).headers["Idempotent-Replayed"] == "true"
        assert count(ada) == 1

    def test_a_marker_past_its_day_is_none(self, ada: Client) -> None:
        """DynamoDB deletes what has expired when it finds the time."""
        key = plant(ada)
        first = send(ada, **{"idempotency-key": "other"})
        SYSTEM.put(
            key,
            {
                "state": "done",
                "token": "t",
                "fingerprint": "f",
                "expires_on": 1,
                "status": 201,
                "headers": {},
                "body": first.text,
            },
        )
        assert send(ada, {"name": "Later"}).json["name"] == "Later"


def test_an_answer_that_was_lost_after_the_commit(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The effect and the marker are one transaction: who repeats the request learns of both."""
    commit = Transaction.commit

    def commit_and_be_cut_off(transaction: Transaction) -> None:
        commit(transaction)
        raise UnavailableError

    with monkeypatch.context() as patch:
        patch.setattr(Transaction, "commit", commit_and_be_cut_off)
        assert send(ada).problem == (503, "unavailable")
    repeated = send(ada)
    assert (repeated.status, repeated.headers["Idempotent-Replayed"]) == (201, "true")
    assert ada.get("/api/teams").ids == [repeated.json["id"]]


def test_who_outlives_their_lease_cannot_commit(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key was taken over meanwhile, and its answer stands."""
    path, body = "/api/organizations", {"name": "Second"}
    found = provisioning.provision
    overtaking: list[Reply] = []

    def found_slowly(*arguments: Any) -> Any:
        if not overtaking:
            monkeypatch.setattr(provisioning, "provision", found)
            overtaking.append(ada.post(path, body, headers=KEY))
        return found(*arguments)

    monkeypatch.setattr(idempotency, "LEASE_SECONDS", 0)
    monkeypatch.setattr(provisioning, "provision", found_slowly)
    outlived = ada.post(path, body, headers=KEY)
    assert overtaking[0].status == 201
    assert outlived.problem == (409, "idempotency_in_progress")
    assert count(ada, path) == 2
    assert ada.post(path, body, headers=KEY).text == overtaking[0].text


def test_uploads_are_declared_once(ada: Client) -> None:
    declared = {"name": "a.txt", "content_type": "text/plain", "size": 5}
    made = [
        ada.post("/api/documents", {"title": "Plan", "file": declared}, headers=KEY)
        for _ in range(2)
    ]
    assert made[0].text == made[1].text
    path = made[0].headers["Location"] + "/file"
    replaced = [ada.post(path, declared, headers=KEY) for _ in range(2)]
    assert replaced[0].text == replaced[1].text
    assert json.loads(replaced[0].text)["version"] == 2
    assert count(ada, "/api/documents") == 1


class TestRoutesThatOnlyStage:
    """The key is claimed while they run."""

    def test_one_effect_and_one_answer(self, ada: Client) -> None:
        first, second = (ada.post(ENTITIES, ACME, headers=KEY) for _ in range(2))
        assert (first.status, second.status) == (201, 201)
        assert second.text == first.text
        assert second.headers == {**first.headers, "Idempotent-Replayed": "true"}
        assert ada.get(ENTITIES).ids == [first.json["id"]]

    def test_another_body(self, ada: Client) -> None:
        ada.post(ENTITIES, ACME, headers=KEY)
        other = ada.post(ENTITIES, {**ACME, "name": "Other"}, headers=KEY)
        assert other.problem == (422, "idempotency_key_reused")
        assert count(ada, ENTITIES) == 1

    def test_the_first_answer_outranks_what_they_say_now(self, ada: Client) -> None:
        one = entity(ada)
        path = f"{path_of(one)}/addresses"
        first = ada.post(path, ADDRESS, headers=KEY)
        assert ada.delete(path_of(one)).status == 204
        assert ada.post(path, ADDRESS).problem == (404, "not_found")
        assert ada.post(path, ADDRESS, headers=KEY).text == first.text

    @pytest.mark.parametrize("body", [ACME, {**ACME, "custom_fields": {"unknown": 1}}])
    def test_the_request_that_still_runs_outranks_what_they_say(
        self, ada: Client, body: Any
    ) -> None:
        plant(ada, body, ENTITIES)
        before = snapshot()
        reply = ada.post(ENTITIES, body, headers=KEY)
        assert reply.problem == (409, "idempotency_in_progress")
        assert reply.headers["Retry-After"] == "1"
        assert snapshot() == before

    def test_after_a_refusal_the_key_is_free(self, ada: Client) -> None:
        refused = ada.post(ENTITIES, {**ACME, "custom_fields": {"unknown": 1}}, headers=KEY)
        assert refused.problem == (422, "custom_field_invalid")
        assert ada.post(ENTITIES, ACME, headers=KEY).status == 201

    def test_a_key_of_the_wrong_length(self, ada: Client) -> None:
        reply = ada.post(ENTITIES, ACME, headers={"idempotency-key": ""})
        assert reply.problem == (400, "invalid_request")
        assert count(ada, ENTITIES) == 0

    def test_nothing_comes_of_them_before_the_commit(
        self, ada: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A request that loses the key has run these routes too."""
        one, other = entity(ada), entity(ada)
        bodies = {
            "/api/activities": activities.BODIES["task"],
            "/api/cases": {"name": "It smokes"},
            "/api/custom-fields": {
                "record_type": "deal",
                "field_name": "reason",
                "field_label": "Reason",
                "field_type": "text",
            },
            "/api/deals": {"name": "Big one", "entity_id": one["id"]},
            ENTITIES: ACME,
            f"{path_of(one)}/addresses": {**ADDRESS, "is_primary": True},
            f"{path_of(one)}/contact-points": EMAIL,
            f"{path_of(one)}/identifiers": IDENTIFIER,
            f"{path_of(one)}/relationships": {
                "to_entity": other["id"],
                "relationship_type": "owns",
            },
            "/api/leads": {"last_name": "Hopper"},
            "/api/workflow-rules": {
                "name": "Rule",
                "record_type": "deal",
                "trigger": {"event": "created"},
                "actions": [rules.TASK],
            },
        }
        tried = {
            (route.method, route.path)
            for resource in resources.resources()
            for route in resource.routes
            if route.only_stages
        }
        assert tried == {("POST", path.replace(one["id"], "<entity_id>")) for path in bodies}

        def refuse(_: Transaction) -> None:
            raise ConflictError

        before = snapshot()
        monkeypatch.setattr(Transaction, "commit", refuse)
        for path, body in bodies.items():
            assert ada.post(path, body).problem == (409, "conflict"), path
        assert snapshot() == before
