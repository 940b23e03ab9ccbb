"""/api/attachments: how they are made, read, changed and taken off."""

from typing import Any

import pytest

from crm.related.documents import attachment_links as attached_documents
from tests.support.attachments import PATH, activity, attach, attached, count_of, document, on
from tests.support.client import Client
from tests.support.entities import UNKNOWN, entity, path_of
from tests.support.uploads import declared, upload

pytestmark = pytest.mark.thorough


def test_a_file_on_a_record(ben: Client) -> None:
    target = on(entity(ben))
    reply = attach(ben, target, description=" The plan ")
    made = reply.json
    sent = made.pop("upload")
    assert reply.headers["Location"] == f"{PATH}/{made['id']}"
    assert reply.headers["ETag"] == '"1"'
    document_id = made["document_id"]
    assert made == {
        **target,
        "id": made["id"],
        "document_id": document_id,
        "description": "The plan",
        "uploaded_by": ben.user_id,
        "created_on": made["created_on"],
        "created_by": ben.user_id,
        "updated_on": made["created_on"],
        "updated_by": ben.user_id,
        "version": 1,
        "document": {
            "id": document_id,
            "title": "plan.txt",
            "file_name": "plan.txt",
            "content_type": "text/plain",
            "size": 4,
            "upload_status": "pending",
            "document_file": f"/api/documents/{document_id}/file",
        },
    }
    assert set(sent) == {"method", "url", "fields", "expires_on"}
    assert sent["fields"]["key"].startswith(f"uploads/{ben.organization_id}/{document_id}/")
    assert ben.get(f"{PATH}/{made['id']}").json == made

    upload(reply)
    shown = ben.get(f"{PATH}/{made['id']}").json
    assert shown == {**made, "document": {**made["document"], "upload_status": "available"}}
    whole = ben.get(f"/api/documents/{document_id}").json["document_obj"]
    assert (whole["title"], whole["status"], whole["shared_with"]) == ("plan.txt", "active", [])
    assert "made_for_attachment" not in whole
    assert ben.get(f"/api/documents/{document_id}/file").status == 302


def test_a_document_that_is_there_on_a_record(ben: Client) -> None:
    target, document_id = on(entity(ben)), document(ben, "Offer")
    reply = attach(ben, target, document_id=document_id)
    assert "upload" not in reply.json
    assert reply.json["description"] is None
    assert reply.json["document"]["title"] == "Offer"
    assert reply.json["document"]["upload_status"] == "available"
    assert ben.get("/api/documents").ids == [document_id]


def test_the_list_of_a_record(ben: Client) -> None:
    one, other = on(entity(ben)), on(entity(ben, "Other"))
    first, second, third = attached(ben, one, *(document(ben, f"Plan {n}") for n in range(3)))
    attach(ben, other)
    page = ben.get(PATH, query={**one, "limit": 2}).json
    assert [row["id"] for row in page["results"]] == [third, second]
    assert [row["document"]["title"] for row in page["results"]] == ["Plan 2", "Plan 1"]
    assert (page["count"], page["count_exact"], page["previous"]) == (3, True, None)
    assert ben.get(page["next"]).ids == [first]
    assert page["results"][0] == ben.get(f"{PATH}/{third}").json


LISTING_REFUSES: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["related_to_type", "related_to_id"]),
    ({"related_to_type": "entity"}, ["related_to_id"]),
    ({"related_to_id": UNKNOWN}, ["related_to_type"]),
    ({"related_to_type": "document", "related_to_id": UNKNOWN}, ["related_to_type"]),
    ({"related_to_type": "entity", "related_to_id": "x"}, ["related_to_id"]),
]


def test_the_list_needs_a_record(ben: Client) -> None:
    for query, fields in LISTING_REFUSES:
        reply = ben.get(PATH, query=query)
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == fields
    for kind in ("entity", "deal", "activity", "lead", "case"):
        query = {"related_to_type": kind, "related_to_id": UNKNOWN}
        assert ben.get(PATH, query=query).problem == (404, "not_found")


NOTHING = {"related_to_type": "entity", "related_to_id": UNKNOWN}

MAKING_REFUSES: list[tuple[dict[str, Any], list[str]]] = [
    ({"related_to_type": None}, ["related_to_type"]),
    ({"related_to_type": "document"}, ["related_to_type"]),
    ({"related_to_id": None}, ["related_to_id"]),
    ({"related_to_id": "x"}, ["related_to_id"]),
    ({"file": None}, ["document_id"]),
    ({"document_id": UNKNOWN}, ["document_id"]),
    ({"document_id": UNKNOWN, "file": None}, ["document_id"]),
    ({"file": {}}, ["file.name", "file.content_type", "file.size"]),
    ({"file": declared(size=0)}, ["file.size"]),
    ({"description": 7}, ["description"]),
    ({"uploaded_by": "me"}, ["uploaded_by"]),
    ({"document": {}}, ["document"]),
    ({"id": UNKNOWN}, ["id"]),
]


def test_who_may_not_see_the_record_learns_nothing_else(ben: Client, cleo: Client) -> None:
    """The response does not report the other errors of the request."""
    one = entity(ben)
    for query, problem in (
        ({"related_to_id": one["id"]}, (403, "permission_denied")),
        ({"related_to_id": UNKNOWN}, (404, "not_found")),
    ):
        for path in ("/api/attachments", "/api/timeline"):
            whole = {"related_to_type": "entity", "cursor": "x", **query}
            assert cleo.get(path, query=whole).problem == problem


def test_making_refuses(ben: Client) -> None:
    target = on(entity(ben))
    for changes, fields in MAKING_REFUSES:
        body = {"file": declared(), **target, **changes}
        sent = {name: value for name, value in body.items() if value is not None}
        reply = ben.post(PATH, sent)
        assert (reply.problem, reply.fields) == ((422, "validation_failed"), fields)
    exe = declared(name="x.exe")
    refused = ben.post(PATH, {**target, "file": exe})
    assert refused.problem == (415, "unsupported_media_type")
    large = ben.post(PATH, {**target, "file": declared(size=5 * 1024**3 + 1)})
    assert large.problem == (413, "too_large")
    assert (count_of(ben, target), ben.get("/api/documents").json["count"]) == (0, 0)


@pytest.mark.parametrize("kind", ["entity", "deal", "activity", "lead", "case"])
def test_a_record_that_does_not_exist(ben: Client, kind: str) -> None:
    target = {"related_to_type": kind, "related_to_id": UNKNOWN}
    for what in ({"file": declared()}, {"document_id": document(ben)}):
        reply = ben.post(PATH, {**target, **what})
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == ["related_to_id"]


def test_a_record_that_the_caller_may_not_see(ben: Client, cleo: Client) -> None:
    reply = cleo.post(PATH, {**on(entity(ben)), "file": declared()})
    assert (reply.problem, reply.fields) == ((422, "validation_failed"), ["related_to_id"])


def test_a_document_that_the_caller_may_not_see(ben: Client, cleo: Client, team: str) -> None:
    target = on(entity(cleo))
    hidden = [document(ben), document(ben, shared_with=[team], status="inactive")]
    for document_id in hidden:
        reply = cleo.post(PATH, {**target, "document_id": document_id})
        assert (reply.problem, reply.fields) == ((422, "validation_failed"), ["document_id"])
    assert attach(cleo, target, document_id=document(ben, shared_with=[team])).status == 201


def test_a_document_seen_through_one_record_goes_onto_another(ben: Client, cleo: Client) -> None:
    shared, own = on(entity(ben, assigned_to=cleo.user_id)), on(entity(cleo))
    document_id = document(ben)
    attach(ben, shared, document_id=document_id)
    assert attach(cleo, own, document_id=document_id).json["document"]["title"] == "Plan"


def test_the_same_document_twice(ben: Client) -> None:
    one, other, document_id = on(entity(ben)), on(entity(ben)), document(ben)
    first = attached(ben, one, document_id)
    again = ben.post(PATH, {**one, "document_id": document_id})
    assert (again.problem, again.fields) == ((409, "duplicate"), ["document_id"])
    attach(ben, other, document_id=document_id)
    assert ben.get(PATH, query=one).ids == first
    ben.delete(f"{PATH}/{first[0]}")
    attach(ben, one, document_id=document_id)
    assert (count_of(ben, one), count_of(ben, other)) == (1, 1)


def test_as_often_as_a_document_may_be_attached(
    ben: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attached_documents, "MAX_ATTACHMENTS", 2)
    targets, document_id = [on(entity(ben)) for _ in range(3)], document(ben)
    first = attach(ben, targets[0], document_id=document_id).json["id"]
    attach(ben, targets[1], document_id=document_id)
    third = {**targets[2], "document_id": document_id}
    assert ben.post(PATH, third).problem == (409, "limit_exceeded")
    attach(ben, targets[2])
    ben.delete(f"{PATH}/{first}")
    assert ben.post(PATH, third).status == 201


def test_only_the_description_changes(ben: Client) -> None:
    target = on(entity(ben))
    path = f"{PATH}/{attach(ben, target, description='Old').json['id']}"
    before = ben.get(path).json
    reply = ben.patch(path, {"description": "New"})
    assert (reply.status, reply.headers["ETag"]) == (200, '"2"')
    changes = {"description": "New", "version": 2, "updated_on": reply.json["updated_on"]}
    assert reply.json == {**before, **changes} == ben.get(path).json
    assert ben.patch(path, {}).json["description"] == "New"
    assert ben.put(path, {}).json["description"] is None
    assert ben.put(path, {"description": "Again"}).json["description"] == "Again"
    assert ben.patch(path, {"description": None}).json["description"] is None
    for field, value in [*target.items(), ("document_id", UNKNOWN), ("file", declared())]:
        for change in (ben.patch, ben.put):
            refused = change(path, {field: value})
            assert (refused.problem, refused.fields) == ((422, "validation_failed"), [field])
    stale = ben.patch(path, {"description": "X"}, headers={"if-match": '"1"'})
    assert stale.problem == (412, "version_conflict")
    assert ben.delete(path, headers={"if-match": '"1"'}).problem == (412, "version_conflict")


def test_taking_it_off_keeps_the_document(ben: Client) -> None:
    target = on(entity(ben))
    reply = attach(ben, target)
    path, document_id = f"{PATH}/{reply.json['id']}", reply.json["document_id"]
    gone = ben.delete(path)
    assert (gone.status, gone.text) == (204, "")
    for again in (ben.delete(path), ben.get(path), ben.patch(path, {})):
        assert again.problem == (404, "not_found")
    assert count_of(ben, target) == 0
    assert ben.get("/api/documents").ids == [document_id]


def test_whoever_sees_the_record_reads_and_whoever_changes_it_writes(
    ada: Client, ben: Client, cleo: Client, eve: Client
) -> None:
    """Ben sees the note through the entity that it is about, and may not change it."""
    about = entity(ada, assigned_to=ben.user_id)
    note = activity(ada, on(about))
    path = f"{PATH}/{attach(ada, note).json['id']}"
    new = {**note, "file": declared()}
    for who, reads in ((ada, 200), (ben, 200), (cleo, 403), (eve, 404)):
        assert who.get(path).status == who.get(PATH, query=note).status == reads
    for who, refusal in (
        (ben, (403, "permission_denied")),
        (cleo, (403, "permission_denied")),
        (eve, (404, "not_found")),
    ):
        for reply in (who.patch(path, {}), who.put(path, {}), who.delete(path)):
            assert reply.problem == refusal
    assert ben.post(PATH, new).problem == (403, "permission_denied")
    for who in (cleo, eve):
        assert who.post(PATH, new).problem == (422, "validation_failed")
    assert ada.delete(path).status == 204


def test_members_of_a_team_change_what_is_shared_with_it(
    ben: Client, cleo: Client, team: str
) -> None:
    target = on(entity(ben, shared_with=[team]))
    attachment_id = attach(ben, target).json["id"]
    assert cleo.patch(f"{PATH}/{attachment_id}", {"description": "X"}).status == 200
    own = attach(cleo, target).json
    assert own["uploaded_by"] == cleo.user_id
    assert cleo.delete(f"{PATH}/{attachment_id}").status == 204
    assert ben.get(PATH, query=target).ids == [own["id"]]


def test_once_and_for_all(ben: Client) -> None:
    target = on(entity(ben))
    body, headers = {**target, "file": declared()}, {"idempotency-key": "once"}
    first, again = (ben.post(PATH, body, headers=headers) for _ in range(2))
    assert first.text == again.text
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (count_of(ben, target), ben.get("/api/documents").json["count"]) == (1, 1)


def test_nothing_is_added_to_what_is_about_to_go(ben: Client) -> None:
    gone = entity(ben)
    document_id = document(ben)
    ben.delete(path_of(gone))
    reply = ben.post(PATH, {**on(gone), "document_id": document_id})
    assert (reply.problem, reply.fields) == ((422, "validation_failed"), ["related_to_id"])


def test_another_organization(ada: Client, eve: Client) -> None:
    target, theirs = on(entity(ada)), on(entity(eve))
    document_id, attachment_id = document(ada), attach(ada, target).json["id"]
    assert eve.get(f"{PATH}/{attachment_id}").problem == (404, "not_found")
    assert eve.get(PATH, query=target).problem == (404, "not_found")
    assert eve.delete(f"{PATH}/{attachment_id}").problem == (404, "not_found")
    onto = eve.post(PATH, {**target, "file": declared()})
    assert (onto.problem, onto.fields) == ((422, "validation_failed"), ["related_to_id"])
    mine = eve.post(PATH, {**theirs, "document_id": document_id})
    assert (mine.problem, mine.fields) == ((422, "validation_failed"), ["document_id"])
    assert eve.get("/api/documents", query=target).ids == []
    assert count_of(ada, target) == 1
