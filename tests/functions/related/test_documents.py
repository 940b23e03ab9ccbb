"""/api/documents, without the files"""

from base64 import b64decode
from typing import Any

import pytest

from crm.platform.dynamodb.table import RECORDS
from crm.tenancy.teams.schemas import Team
from tests.support.client import Client
from tests.support.forms import stored
from tests.support.uploads import announce, declared

UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"
TEXT = declared()


def test_a_document_that_waits_for_its_file(ada: Client, team: str) -> None:
    sha256 = TEXT["sha256"].upper()
    reply = ada.post(
        "/api/documents",
        {
            "title": " Plan ",
            "status": "inactive",
            "shared_with": [team],
            "file": {**TEXT, "sha256": sha256},
        },
    )
    made = reply.json
    upload = made.pop("upload")
    assert reply.status == 201
    assert reply.headers["Location"] == f"/api/documents/{made['id']}"
    assert reply.headers["ETag"] == '"1"'
    assert made == {
        "id": made["id"],
        "title": "Plan",
        "document_file": f"/api/documents/{made['id']}/file",
        "status": "inactive",
        "shared_with": [team],
        "upload_status": "pending",
        "rejection_reason": None,
        "file_name": "plan.txt",
        "content_type": "text/plain",
        "size": 4,
        "sha256": TEXT["sha256"],
        "created_on": made["created_on"],
        "created_by": {
            "id": ada.user_id,
            "first_name": "Ada",
            "last_name": "Admin",
            "email": "ada@example.com",
        },
        "updated_on": made["created_on"],
        "updated_by": ada.user_id,
        "version": 1,
    }
    assert (upload["method"], set(upload)) == ("POST", {"method", "url", "fields", "expires_on"})
    fields = upload["fields"]
    assert fields["key"].startswith(f"uploads/{ada.organization_id}/{made['id']}/")
    assert fields["Content-Type"] == "text/plain"
    assert b64decode(fields["x-amz-checksum-sha256"]).hex() == TEXT["sha256"]


def test_defaults(ada: Client) -> None:
    made = announce(ada).json
    assert (made["status"], made["shared_with"]) == ("active", [])


def test_keys_are_made_by_the_server(ada: Client) -> None:
    file = {**TEXT, "name": "../../plan.txt"}
    made = ada.post("/api/documents", {"title": "Plan", "file": file}).json
    assert made["file_name"] == "../../plan.txt"
    assert ".." not in made["upload"]["fields"]["key"]


MAKING_REFUSES: list[tuple[Any, list[str]]] = [
    ({}, ["title", "file"]),
    ({"title": "Plan", "file": {}}, ["file.name", "file.content_type", "file.size"]),
    ({"title": "Plan", "file": "plan.txt"}, ["file"]),
    ({"title": "", "file": TEXT}, ["title"]),
    ({"title": "x" * 256, "file": TEXT}, ["title"]),
    ({"title": "Plan", "file": TEXT, "status": "old"}, ["status"]),
    ({"title": "Plan", "file": TEXT, "status": None}, ["status"]),
    ({"title": "Plan", "file": TEXT, "shared_with": ["x"]}, ["shared_with.0"]),
    ({"title": "Plan", "file": TEXT, "shared_with": [UNKNOWN]}, ["shared_with"]),
    ({"title": "Plan", "file": {**TEXT, "size": 0}}, ["file.size"]),
    ({"title": "Plan", "file": {**TEXT, "size": -1}}, ["file.size"]),
    ({"title": "Plan", "file": {**TEXT, "size": 1.5}}, ["file.size"]),
    ({"title": "Plan", "file": {**TEXT, "size": "4"}}, ["file.size"]),
    ({"title": "Plan", "file": {**TEXT, "size": True}}, ["file.size"]),
    ({"title": "Plan", "file": {**TEXT, "name": "x" * 252 + ".txt"}}, ["file.name"]),
    ({"title": "Plan", "file": {**TEXT, "sha256": "abc"}}, ["file.sha256"]),
    ({"title": "Plan", "file": {**TEXT, "sha256": TEXT["sha256"] + "\n"}}, ["file.sha256"]),
    ({"title": "Plan", "file": {**TEXT, "key": "files/x"}}, ["file.key"]),
    ({"title": "Plan", "file": TEXT, "upload_status": "available"}, ["upload_status"]),
    ({"title": "Plan", "file": TEXT, "created_by": "x"}, ["created_by"]),
    ({"title": "Plan", "file": TEXT, "file_key": "x"}, ["file_key"]),
]


def test_making_refuses(ada: Client) -> None:
    for body, fields in MAKING_REFUSES:
        reply = ada.post("/api/documents", body)
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == fields
        assert ada.get("/api/documents").json["count"] == 0


TYPES_THAT_ARE_NOT_TAKEN: list[tuple[str, str]] = [
    ("program.exe", "application/octet-stream"),
    ("plan", "text/plain"),
    ("plan.", "text/plain"),
    ("plan.txt.exe", "text/plain"),
    ("plan.txt", "application/pdf"),
    ("plan.pdf", "text/plain"),
    ("plan.txt", ""),
    ("plan.txt", "text"),
    ("plan.txt", "text/plain, text/html"),
    ("page.html", "text/html"),
]


def test_types_that_are_not_taken(ada: Client) -> None:
    for name, content_type in TYPES_THAT_ARE_NOT_TAKEN:
        file = {"name": name, "content_type": content_type, "size": 4}
        reply = ada.post("/api/documents", {"title": "Plan", "file": file})
        assert reply.problem == (415, "unsupported_media_type")


def test_the_largest_file(ada: Client) -> None:
    largest = 5 * 1024**3
    for size, status in ((largest, 201), (largest + 1, 413), (10**30, 413)):
        file = {"name": "all.zip", "content_type": "application/zip", "size": size}
        assert ada.post("/api/documents", {"title": "All", "file": file}).status == status


def test_the_detail_has_the_shape_of_the_seed(ada: Client, cleo: Client, team: str) -> None:
    made = announce(ada, shared_with=[team]).json
    reply = ada.get(f"/api/documents/{made['id']}")
    assert (reply.status, reply.headers["ETag"]) == (200, '"1"')
    row = {name: value for name, value in made.items() if name != "upload"}
    assert reply.json == {
        "document_obj": {**row, "created_by": ada.user_id},
        "shared_with": [
            {
                "id": team,
                "name": "Sales",
                "users": [
                    {
                        "id": cleo.user_id,
                        "first_name": "Cleo",
                        "last_name": "Member",
                        "email": "cleo@example.com",
                    }
                ],
            }
        ],
        "created_by": row["created_by"],
    }


def test_the_name_of_who_has_left_stays(ada: Client, ben: Client) -> None:
    path = stored(ben)
    ada.delete(f"/api/members/{ben.user_id}")
    assert ada.get(path).json["created_by"]["first_name"] == "Ben"


def test_the_name_of_a_super_admin(ada: Client, root: Client) -> None:
    path = stored(root)
    assert ada.get(path).json["created_by"]["id"] == root.user_id


def test_put_replaces_all_three(ada: Client, team: str) -> None:
    path = stored(ada)
    row = ada.get("/api/documents").json["results"][0]
    reply = ada.put(path, {"title": "Other", "status": "inactive", "shared_with": [team]})
    assert (reply.status, reply.headers["ETag"]) == (200, '"2"')
    assert reply.json == {
        **row,
        "title": "Other",
        "status": "inactive",
        "shared_with": [team],
        "version": 2,
        "updated_on": reply.json["updated_on"],
    }
    assert ada.get(path).json["document_obj"] == {**reply.json, "created_by": ada.user_id}


@pytest.mark.parametrize("missing", ["title", "status", "shared_with"])
def test_put_needs_all_three(ada: Client, missing: str) -> None:
    """Nobody loses sharing by leaving it out."""
    path = stored(ada)
    body = {"title": "Other", "status": "active", "shared_with": []}
    reply = ada.put(path, {name: value for name, value in body.items() if name != missing})
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == [missing]


def test_patch_changes_what_it_names(ada: Client, team: str) -> None:
    path = stored(ada, shared_with=[team])
    assert ada.patch(path, {"title": "Other"}).json["shared_with"] == [team]
    assert ada.patch(path, {"shared_with": []}).json["title"] == "Other"
    assert ada.patch(path, {}).json["version"] == 4


PATCH_REFUSES: list[tuple[Any, str]] = [
    ({"title": None}, "title"),
    ({"title": " "}, "title"),
    ({"status": "old"}, "status"),
    ({"shared_with": [UNKNOWN]}, "shared_with"),
    ({"shared_with": "all"}, "shared_with"),
    ({"file": TEXT}, "file"),
    ({"upload_status": "available"}, "upload_status"),
    ({"size": 1}, "size"),
    ({"id": UNKNOWN}, "id"),
    ({"created_by": {"id": "x"}}, "created_by"),
]


def test_patch_refuses(ada: Client) -> None:
    for body, field in PATCH_REFUSES:
        path = stored(ada)
        reply = ada.patch(path, body)
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == [field]
        assert ada.get(path).headers["ETag"] == '"1"'


def test_as_many_teams_as_a_document_may_have_are_exchanged_at_once(ada: Client) -> None:
    assert ada.organization_id
    made = [Team.create(ada.organization_id, ada.user_id, name=f"Team {n}") for n in range(60)]
    RECORDS.batch_write([{**team.key._asdict(), **team.item()} for team in made], [])
    teams = [team.id for team in made]
    path = stored(ada, shared_with=teams[:30])
    body = {"title": "Plan", "status": "inactive", "shared_with": teams[30:]}
    assert ada.put(path, body).json["shared_with"] == teams[30:]
    too_many = ada.patch(path, {"shared_with": teams[:31]})
    assert too_many.problem == (422, "validation_failed")


def test_deleting(ada: Client) -> None:
    path = stored(ada)
    reply = ada.delete(path)
    assert (reply.status, reply.text) == (204, "")
    assert ada.delete(path).problem == (404, "not_found")
    for gone in (path, f"{path}/file", f"{path}/versions", f"{path}/versions/1/file"):
        assert ada.get(gone).problem == (404, "not_found")
    assert ada.patch(path, {"title": "X"}).problem == (404, "not_found")
    assert ada.get("/api/documents").json["count"] == 0


def test_another_organizations_document_is_unknown(ada: Client, eve: Client) -> None:
    path = stored(ada)
    unknown = f"/api/documents/{UNKNOWN}"
    for method, body in (("GET", None), ("PATCH", {"title": "X"}), ("DELETE", None)):
        foreign = eve.call(method, path, json=body)
        assert foreign.problem == (404, "not_found")
        assert foreign == eve.call(method, unknown, json=body)
    assert eve.get(f"{path}/file") == eve.get(f"{unknown}/file")
