"""Permissions to see and change a document."""

import pytest

from tests.support.client import Client
from tests.support.forms import stored
from tests.support.stream import project, recorded
from tests.support.uploads import announce, declared, upload

READS = ("", "/file", "/versions", "/versions/1/file")


def sees(client: Client, path: str) -> bool:
    """Whether somebody sees a document: by itself, its file and versions, and in their list."""
    replies = [client.get(path + read) for read in READS]
    listed = path.rpartition("/")[2] in client.get("/api/documents").ids
    if replies[0].status == 200:
        assert listed
        return True
    assert {reply.problem for reply in replies} == {(403, "permission_denied")}
    assert not listed
    return False


def test_its_creator_and_admins(ada: Client, ben: Client, cleo: Client, root: Client) -> None:
    path = stored(ben)
    assert [sees(one, path) for one in (ada, ben, cleo, root)] == [True, True, False, True]


def test_members_of_the_teams_it_is_shared_with(ben: Client, cleo: Client, team: str) -> None:
    path = stored(ben, shared_with=[team])
    assert sees(cleo, path)
    ben.patch(path, {"shared_with": []})
    assert not sees(cleo, path)


def test_only_its_creator_and_admins_change_it(
    ada: Client, ben: Client, cleo: Client, team: str
) -> None:
    path = stored(ben, shared_with=[team])
    whole = {"title": "X", "status": "active", "shared_with": []}
    for reply in (
        cleo.put(path, whole),
        cleo.patch(path, {"title": "X"}),
        cleo.delete(path),
        cleo.post(f"{path}/file", declared()),
    ):
        assert reply.problem == (403, "permission_denied")
    assert ada.patch(path, {"title": "Ada's"}).status == 200
    assert ben.delete(path).status == 204


def test_inactive_hides_it_from_teams(ada: Client, ben: Client, cleo: Client, team: str) -> None:
    path = stored(ben, shared_with=[team], status="inactive")
    assert [sees(one, path) for one in (ada, ben, cleo)] == [True, True, False]
    ben.patch(path, {"status": "active"})
    assert sees(cleo, path)
    ben.patch(path, {"status": "inactive"})
    assert not sees(cleo, path)


@pytest.mark.parametrize("content", [None, b"different"])
def test_until_it_has_a_file_teams_do_not_see_it(
    ada: Client, ben: Client, cleo: Client, team: str, content: bytes | None
) -> None:
    """Neither while the upload is awaited nor after it was rejected."""
    made = announce(ben, shared_with=[team])
    if content:
        upload(made, content)
    path = made.headers["Location"]
    assert cleo.get(path).problem == (403, "permission_denied")
    assert cleo.get("/api/documents").ids == []
    assert cleo.get("/api/documents", query={"shared_with": team}).ids == []
    assert ben.get("/api/documents").ids == [made.json["id"]]
    assert ada.get(path).status == 200


def test_the_file_makes_it_visible(ben: Client, cleo: Client, team: str) -> None:
    made = announce(ben, shared_with=[team])
    upload(made)
    assert sees(cleo, made.headers["Location"])


def test_a_file_that_replaces_hides_nothing(ben: Client, cleo: Client, team: str) -> None:
    path = stored(ben, shared_with=[team])
    upload(ben.post(f"{path}/file", declared()), b"different")
    assert sees(cleo, path)


def test_a_change_of_teams_counts_with_the_next_request(
    ada: Client, ben: Client, cleo: Client, team: str
) -> None:
    path = stored(ada, shared_with=[team])
    assert not sees(ben, path)
    ada.patch(f"/api/teams/{team}", {"users": [ben.user_id]})
    assert [sees(one, path) for one in (ben, cleo)] == [True, False]


class TestTheEndOfATeam:
    """It ends what the team gave access to, and its id leaves every `shared_with`."""

    def test_at_once(self, ada: Client, ben: Client, cleo: Client, team: str) -> None:
        other = ada.post("/api/teams", {"name": "Other"}).json["id"]
        path = stored(ben, shared_with=[team, other])
        inactive = stored(ben, shared_with=[team], status="inactive")
        ada.delete(f"/api/teams/{team}")
        assert not sees(cleo, path)
        assert [one["name"] for one in ben.get(path).json["shared_with"]] == ["Other"]
        assert ben.get(path).json["document_obj"]["shared_with"] == [other]
        assert ben.get(inactive).json["document_obj"]["shared_with"] == []
        assert ada.get("/api/documents", query={"shared_with": team}).ids == []

    def test_what_the_request_had_no_time_for(
        self, ada: Client, cleo: Client, team: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("crm.records.team_deletion.REQUEST_SECONDS", -1.0)
        path = stored(ada, shared_with=[team])
        with recorded() as records:
            assert ada.delete(f"/api/teams/{team}").status == 204
        assert not sees(cleo, path)
        project(records)
        document = ada.get(path)
        assert document.json["document_obj"]["shared_with"] == []
        assert document.headers["ETag"] == '"2"'
        project(records)
        assert ada.get(path).text == document.text

    def test_what_was_shared_with_it_can_still_be_changed(
        self, ada: Client, team: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("crm.records.team_deletion.REQUEST_SECONDS", -1.0)
        path = stored(ada, shared_with=[team])
        ada.delete(f"/api/teams/{team}")
        assert ada.patch(path, {"title": "Other"}).status == 200
