"""ETag and If-Match, and two writers at once."""

from typing import Any

import pytest

from tests.support import deals, entities, leads
from tests.support.client import Client, Reply


@pytest.fixture
def path(ada: Client, team: str) -> str:
    """A team at version 2."""
    made = f"/api/teams/{team}"
    ada.patch(made, {"description": "Second"})
    assert ada.get(made).headers["ETag"] == '"2"'
    return made


def written(client: Client, method: str, path: str, tag: str) -> Reply:
    body = None if method == "DELETE" else {"name": "Written"}
    return client.call(method, path, json=body, headers={"if-match": tag})


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_each_write_honours_it(ada: Client, path: str, method: str) -> None:
    for tag in ('"1"', '"3"', 'W/"2"', '"x"', '""', '"1", "3"'):
        assert written(ada, method, path, tag).problem == (412, "version_conflict")
    for tag in ("2", '"2', "'2'", '"2" "3"', "W/2", "*, *"):
        assert written(ada, method, path, tag).problem == (400, "invalid_request")
    assert ada.get(path).headers["ETag"] == '"2"'
    assert written(ada, method, path, '"2"').status in {200, 204}


@pytest.mark.parametrize("tag", ["*", '"7", "2"', ' "2" '])
def test_what_matches(ada: Client, path: str, tag: str) -> None:
    assert written(ada, "PATCH", path, tag).headers["ETag"] == '"3"'


def test_other_records_honour_it_too(ada: Client, ben: Client) -> None:
    declared = {"name": "a.txt", "content_type": "text/plain", "size": 1}
    document = ada.post("/api/documents", {"title": "Plan", "file": declared}).headers["Location"]
    stale = {"if-match": '"9"'}
    for reply in (
        ada.patch(f"/api/organizations/{ada.organization_id}", {"name": "X"}, headers=stale),
        ada.patch(f"/api/members/{ben.user_id}", {"role": "admin"}, headers=stale),
        ada.delete(f"/api/members/{ben.user_id}", headers=stale),
        ada.put(document, {"title": "X", "status": "active", "shared_with": []}, headers=stale),
        ada.patch(document, {"title": "X"}, headers=stale),
        ada.delete(document, headers=stale),
    ):
        assert reply.problem == (412, "version_conflict")


def test_what_else_changes_a_record_honours_it_too(ada: Client) -> None:
    one, moved, led = entities.entity(ada), deals.deal(ada), leads.lead(ada)
    stage = ada.get(f"/api/pipelines/{moved['pipeline_id']}").json["stages"][1]["id"]
    for path, body in (
        (f"{deals.path_of(moved)}/move", {"stage_id": stage}),
        (f"{entities.path_of(one)}/merge", {"from": entities.entity(ada)["id"]}),
        (f"{leads.path_of(led)}/convert", {}),
    ):
        before = ada.get(path.rpartition("/")[0]).headers["ETag"]
        stale = ada.post(path, body, headers={"if-match": '"9"'})
        assert stale.problem == (412, "version_conflict")
        assert ada.get(path.rpartition("/")[0]).headers["ETag"] == before
        assert ada.post(path, body, headers={"if-match": before}).status == 200


class Meanwhile:
    """Lets somebody else write after a request has read, and before it commits; once."""

    def __init__(self, function: Any, write: Any) -> None:
        self._function, self._write = function, write

    def __call__(self, *arguments: Any) -> Any:
        write, self._write = self._write, None
        if write:
            assert write().status in {200, 204}
        return self._function(*arguments)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Any:
    from crm.tenancy.teams import service

    def arrange(name: str, write: Any) -> None:
        monkeypatch.setattr(service, name, Meanwhile(getattr(service, name), write))

    return arrange


class TestTwoWriters:
    """A record changes between the request's read and its write."""

    def test_patches_of_different_fields_both_survive(
        self, ada: Client, path: str, meanwhile: Any
    ) -> None:
        meanwhile("update", lambda: ada.patch(path, {"name": "Other"}))
        reply = ada.patch(path, {"description": "Mine"})
        assert (reply.status, reply.headers["ETag"]) == (200, '"4"')
        assert (reply.json["name"], reply.json["description"]) == ("Other", "Mine")
        assert ada.get(path).json == reply.json

    def test_a_tag_that_became_stale_is_found_out(
        self, ada: Client, path: str, meanwhile: Any
    ) -> None:
        meanwhile("update", lambda: ada.patch(path, {"name": "Other"}))
        reply = ada.patch(path, {"name": "Mine"}, headers={"if-match": '"2"'})
        assert reply.problem == (412, "version_conflict")
        assert ada.get(path).json["name"] == "Other"

    def test_a_patch_of_what_is_deleted(self, ada: Client, path: str, meanwhile: Any) -> None:
        meanwhile("update", lambda: ada.delete(path))
        assert ada.patch(path, {"name": "Mine"}).problem == (404, "not_found")
        assert ada.get("/api/teams").ids == []

    def test_deleting_what_is_changed(self, ada: Client, path: str, meanwhile: Any) -> None:
        meanwhile("delete", lambda: ada.patch(path, {"name": "Other"}))
        assert ada.delete(path).status == 204
        assert ada.get(path).problem == (404, "not_found")

    def test_deleting_by_a_tag_that_became_stale(
        self, ada: Client, path: str, meanwhile: Any
    ) -> None:
        meanwhile("delete", lambda: ada.patch(path, {"name": "Other"}))
        reply = ada.delete(path, headers={"if-match": '"2"'})
        assert reply.problem == (412, "version_conflict")
        assert ada.get(path).json["name"] == "Other"

    def test_one_name_for_two(self, ada: Client, path: str, meanwhile: Any) -> None:
        def take_the_name() -> Reply:
            other = ada.post("/api/teams", {"name": "Wanted"}).headers["Location"]
            return ada.get(other)

        meanwhile("update", take_the_name)
        assert ada.patch(path, {"name": "WANTED"}).problem == (409, "duplicate")

    def test_too_many_writers(
        self, ada: Client, path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from crm.platform.dynamodb.transaction import StaleReadError, Transaction

        def lose(_: Transaction) -> None:
            raise StaleReadError

        monkeypatch.setattr("crm.http.app.RETRY_SECONDS", 0.0)
        monkeypatch.setattr(Transaction, "commit", lose)
        reply = ada.patch(path, {"name": "Mine"})
        assert reply.problem == (503, "unavailable")
        assert reply.headers["Retry-After"] == "1"
