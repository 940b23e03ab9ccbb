"""DELETE /api/organizations/{id}: who may, and what is so from the answer on."""

from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import EndpointConnectionError

from crm.administration.erasure import queue
from crm.platform import config, ids, sqs
from crm.platform.dynamodb.table import SYSTEM
from crm.sales.reports.aggregates import generations, recount
from crm.tenancy.members import service as members
from tests.functions.conftest import join
from tests.support import crashes, tables
from tests.support.client import Client
from tests.support.cloud import Cloud


def path_of(who: Client) -> str:
    return f"/api/organizations/{who.organization_id}"


def queued(cloud: Cloud) -> list[str]:
    return [event["Records"][0]["body"] for event in cloud.erasing_events()]


def asked_for(organization_id: str | None) -> str:
    return f'{{"kind": "organization", "organization_id": "{organization_id}"}}'


@pytest.mark.parametrize(
    ("who", "problem"),
    [
        ("ben", (403, "permission_denied")),
        ("eve", (403, "not_a_member")),
        ("lost", (404, "not_found")),
        ("nobody", (401, "unauthenticated")),
    ],
)
def test_who_may_not(
    who: str, problem: tuple[int, str], ada: Client, ben: Client, eve: Client, root: Client
) -> None:
    people = {
        "ben": ben,
        "eve": eve.within(ada.organization_id),
        "lost": root.within(ids.new_id()),
        "nobody": ada.with_claims(sub=None),
    }
    before = tables.snapshot()
    asker = people[who]
    assert asker.delete(path_of(asker)).problem == problem
    assert tables.snapshot() == before


@pytest.mark.parametrize("who", ["admin", "super_admin"])
@pytest.mark.parametrize("names_it", [True, False])
def test_an_admin_deletes_it(
    who: str, names_it: bool, ada: Client, root: Client, cloud: Cloud
) -> None:
    asker = {"admin": ada, "super_admin": root}[who]
    sent = asker if names_it else asker.within(None)
    reply = sent.delete(path_of(asker))
    assert (reply.status, reply.text) == (204, "")
    assert queued(cloud) == [asked_for(ada.organization_id)]


def test_the_header_must_name_the_same(ada: Client, eve: Client) -> None:
    reply = ada.within(eve.organization_id).delete(path_of(ada))
    assert reply.problem == (400, "invalid_request")
    assert ada.get(path_of(ada)).status == 200


@pytest.mark.parametrize(
    ("tag", "problem"),
    [('"1"', (412, "version_conflict")), ("2", (400, "invalid_request"))],
)
def test_it_must_be_as_it_was_read(tag: str, problem: tuple[int, str], ada: Client) -> None:
    assert ada.patch(path_of(ada), {"name": "Other"}).status == 200
    assert ada.delete(path_of(ada), headers={"if-match": tag}).problem == problem
    assert ada.delete(path_of(ada), headers={"if-match": '"2"'}).status == 204


def test_it_is_no_more_for_anybody(
    ada: Client, ben: Client, cleo: Client, eve: Client, root: Client
) -> None:
    """Ben is in another organization as well; Cleo has been switched off; Dan has left."""
    elsewhere = eve.post(
        "/api/members", {"email": "ben@example.com", "first_name": "Ben", "last_name": "Member"}
    )
    assert elsewhere.status == 201
    dan = join(ada, "dan@example.com", "Dan", "Former")
    assert ada.delete(f"/api/members/{dan.user_id}").status == 204
    assert ada.patch(f"/api/members/{cleo.user_id}", {"is_active": False}).status == 200
    assert ada.delete(path_of(ada)).status == 204
    for who in (ada, ben, cleo, dan):
        for reply in (
            who.get(path_of(ada)),
            who.delete(path_of(ada)),
            who.get("/api/documents"),
            who.post("/api/teams", {"name": "Late"}),
        ):
            assert reply.problem == (403, "not_a_member")
        mine = [eve.organization_id] if who is ben else []
        everywhere = who.within(None)
        assert everywhere.get("/api/organizations").ids == mine
        assert everywhere.get("/api/organizations").json["count"] == len(mine)
        assert [one["id"] for one in everywhere.get("/api/me").json["organizations"]] == mine
    for reply in (root.get(path_of(ada)), root.get("/api/documents"), root.delete(path_of(ada))):
        assert reply.problem == (404, "not_found")
    assert ben.within(eve.organization_id).get("/api/documents").status == 200


def test_a_tombstone_says_so_and_no_more(ada: Client, cloud: Cloud) -> None:
    assert ada.delete(path_of(ada)).status == 204
    found = tables.items(config.bookkeeping_table())
    stone = found["ERASED", str(ada.organization_id)]
    assert set(stone) == {"pk", "sk", "organization_id", "begun_on", "begun_by", "passes"}
    assert stone["begun_by"] == {"S": ada.user_id}
    assert stone["passes"] == {"N": "0"}
    waiting = found["ERASING", f"{ada.organization_id}#organization"]
    assert set(waiting) == {"pk", "sk", "message", "due_on"}
    assert len(queued(cloud)) == 1


def test_many_members_are_taken_page_by_page(
    ada: Client, ben: Client, cleo: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "ENDED_AT_ONCE", 1)
    assert ada.delete(path_of(ada)).status == 204
    for who in (ada, ben, cleo):
        assert who.get(path_of(ada)).problem == (403, "not_a_member")
        assert tables.mentioning(f"MEMBER#{who.user_id}") == []
        assert tables.items().get((f"USER#{who.user_id}", f"ORG#{ada.organization_id}")) is None


def test_nobody_joins_meanwhile(ada: Client, ben: Client) -> None:
    """An invitation whose admin was one when it was read: the commit refuses it."""
    promoted = ada.patch(f"/api/members/{ben.user_id}", {"role": "admin"})
    assert promoted.status == 200
    save = members._save

    def late(*arguments: Any) -> None:
        save(*arguments)
        if arguments[1].email == "new@example.com" and not gone:
            gone.append(ada.delete(path_of(ada)).status)

    gone: list[int] = []
    body = {"email": "new@example.com", "first_name": "New", "last_name": "Member"}
    with patch.object(members, "_save", late):
        assert ben.post("/api/members", body).problem == (403, "not_a_member")
    assert gone == [204]
    assert [key for key in tables.mentioning("new@example.com") if "MEMBER" in key[0]] == []


def test_of_two_one_deletes_it(ada: Client, ben: Client, cloud: Cloud) -> None:
    assert ada.patch(f"/api/members/{ben.user_id}", {"role": "admin"}).status == 200
    delete = members.delete

    def late(*arguments: Any) -> None:
        delete(*arguments)
        if not others:
            others.append(0)
            others.append(ben.delete(path_of(ada)).status)

    others: list[int] = []
    with patch.object(members, "delete", late):
        assert ada.delete(path_of(ada)).problem == (403, "not_a_member")
    assert others == [0, 204]
    assert len(queued(cloud)) == 1


def test_between_commit_and_answer_it_is_gone_too(ada: Client, ben: Client) -> None:
    """A member whose membership has not been taken yet meets no fault."""
    with crashes.crash_after(1) as crash:
        ada.delete(path_of(ada))
    assert crash.happened
    assert ada.get(path_of(ada)).problem == (403, "not_a_member")
    assert ben.get(path_of(ada)).problem == (403, "not_a_member")
    assert ben.within(None).get("/api/organizations").ids == []


def test_a_lost_message_is_sent_again(ada: Client, cloud: Cloud) -> None:
    class Deaf:
        def send_message(self, **_: Any) -> None:
            raise EndpointConnectionError(endpoint_url="https://sqs")

    with patch.object(sqs, "_client", Deaf):
        assert ada.delete(path_of(ada)).status == 204
    assert queued(cloud) == []
    queue.send_due()
    assert queued(cloud) == [asked_for(ada.organization_id)]


def test_its_sums_are_closed(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A running recount stops, and does not reopen the aggregates."""
    organization_id = str(ada.organization_id)
    state = generations.read(organization_id)
    assert state.kept == {"1"}
    begun = generations.save(organization_id, state, state.model_copy(update={"building": "2"}))
    assert ada.delete(path_of(ada)).status == 204
    closed = generations.read(organization_id)
    assert (closed.kept, closed.current, closed.building) == (set(), "1", "2")
    after = recount._saved(organization_id, begun, begun.model_copy(update={"kind": "deal"}))
    assert (after, generations.read(organization_id)) == (closed, closed)
    monkeypatch.setattr(recount, "find", lambda *_: object())
    monkeypatch.setattr(recount, "_begun", lambda *_: closed.model_copy(update={"kind": "deal"}))
    assert recount.recount(organization_id, float("inf"))["done"] is False
    assert SYSTEM.get(generations._key(organization_id)) is not None
