"""POST /api/documents as a form with the file in it."""

import hashlib

from crm.http import multipart
from tests.support.client import Client
from tests.support.cloud import BUCKET, Cloud, client
from tests.support.forms import File, encoded, send, stored

TEXT = File("plan.txt", b"text", "text/plain")


def test_the_file_is_there_at_once(ada: Client, cleo: Client, team: str, cloud: Cloud) -> None:
    content = "größer".encode()
    reply = send(
        ada,
        [
            ("title", " Plän "),
            ("status", "active"),
            ("shared_with", team),
            ("document_file", File("C:\\plans\\plän.csv", content, "text/csv")),
        ],
    )
    made = reply.json
    assert reply.status == 201
    assert reply.headers["Location"] == f"/api/documents/{made['id']}"
    assert reply.headers["ETag"] == '"1"'
    assert made == {
        "id": made["id"],
        "title": "Plän",
        "document_file": f"/api/documents/{made['id']}/file",
        "status": "active",
        "shared_with": [team],
        "upload_status": "available",
        "rejection_reason": None,
        "file_name": "plän.csv",
        "content_type": "text/csv",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
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
    key = f"files/{ada.organization_id}/{made['id']}/{made['id']}"
    assert cloud.objects() == [key]
    kept = client("s3").get_object(Bucket=BUCKET, Key=key)
    assert (kept["Body"].read(), kept["ContentType"]) == (content, "text/csv")
    assert cleo.get(reply.headers["Location"]).status == 200


def test_defaults(ada: Client) -> None:
    made = send(ada, [("title", "Plan"), ("document_file", File("plan.md.txt", b"x"))]).json
    assert (made["status"], made["shared_with"]) == ("active", [])
    assert made["content_type"] == "text/plain"


def test_shared_with_is_repeated_or_empty(ada: Client, team: str) -> None:
    second = ada.post("/api/teams", {"name": "Support"}).json["id"]
    for sent, expected in (([team, second, team], [team, second]), ([""], []), ([team], [team])):
        parts = [("shared_with", one) for one in sent]
        made = send(ada, [("title", "Plan"), *parts, ("document_file", TEXT)])
        assert made.json["shared_with"] == expected


FIELDS_AT_FAULT: list[tuple[list[tuple[str, str | File]], list[str]]] = [
    ([("document_file", TEXT)], ["title"]),
    ([("title", "Plan")], ["document_file"]),
    ([("title", "Plan"), ("document_file", "text")], ["document_file"]),
    ([("title", "Plan"), ("document_file", TEXT), ("document_file", TEXT)], ["document_file"]),
    ([("title", "Plan"), ("title", "Plan"), ("document_file", TEXT)], ["title"]),
    ([("title", " "), ("document_file", TEXT)], ["title"]),
    ([("title", "Plan"), ("status", "old"), ("document_file", TEXT)], ["status"]),
    ([("title", "Plan"), ("shared_with", "x"), ("document_file", TEXT)], ["shared_with.0"]),
    ([("title", "Plan"), ("version", "1"), ("document_file", TEXT)], ["version"]),
]


def test_fields_at_fault(ada: Client, cloud: Cloud) -> None:
    for parts, fields in FIELDS_AT_FAULT:
        reply = send(ada, parts)
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == fields
        assert cloud.objects() == []
        assert ada.get("/api/documents").json["count"] == 0


def test_an_empty_file_and_one_without_a_usable_name(ada: Client, cloud: Cloud) -> None:
    for file in (File("plan.txt", b""), File(f"{'x' * 252}.txt", b"x")):
        reply = send(ada, [("title", "Plan"), ("document_file", file)])
        assert reply.problem == (422, "validation_failed")
        assert len(reply.fields) == 1
    assert cloud.objects() == []


def test_an_unknown_team(ada: Client, eve: Client) -> None:
    foreign = eve.post("/api/teams", {"name": "Theirs"}).json["id"]
    for team in (foreign, "01a1ffdb-0000-7000-8000-000000000000"):
        parts = [("title", "Plan"), ("shared_with", team), ("document_file", TEXT)]
        reply = send(ada, parts)
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == ["shared_with"]
    assert ada.get("/api/documents").json["count"] == 0


WHAT_NO_DOCUMENT_MAY_HOLD: list[File] = [
    File("program.exe", b"MZ", "application/octet-stream"),
    File("plan", b"text", "text/plain"),
    File("plan.txt", b"text", "text/html"),
    File("plan.txt", b"\x00\x01", "text/plain"),
    File("plan.pdf", b"text", "application/pdf"),
    File("plan.pdf", b"text", "text/plain"),
    File("photo.png", b"\xff\xd8\xff\xe0", "image/png"),
    File("page.svg", b"<html/>", "image/svg+xml"),
    File("data.json", b"{", "application/json"),
    File("book.xlsx", b"PK\x03\x04"),
]


def test_what_no_document_may_hold(ada: Client, cloud: Cloud) -> None:
    for file in WHAT_NO_DOCUMENT_MAY_HOLD:
        reply = send(ada, [("title", "Plan"), ("document_file", file)])
        assert reply.problem == (415, "unsupported_media_type")
        assert cloud.objects() == []


WHAT_IS_NO_FORM: list[bytes] = [
    b"",
    b"no form",
    encoded([("title", "Plan")], "other"),
    encoded([("title", "Plan")])[:-10],
    b"------brook\r\n\r\nx\r\n------brook--\r\n",
]


def test_what_is_no_form(ada: Client) -> None:
    for body in WHAT_IS_NO_FORM:
        headers = {"content-type": "multipart/form-data; boundary=----brook"}
        reply = ada.call("POST", "/api/documents", body=body, headers=headers)
        assert reply.problem == (400, "invalid_body")


def test_no_boundary(ada: Client) -> None:
    headers = {"content-type": "multipart/form-data"}
    body = encoded([("title", "Plan"), ("document_file", TEXT)])
    reply = ada.call("POST", "/api/documents", body=body, headers=headers)
    assert reply.problem == (400, "invalid_body")


def test_a_file_as_large_as_a_form_may_carry(ada: Client) -> None:
    just = File("plan.txt", b"x" * multipart.MAX_BYTES, "text/plain")
    assert (
        send(ada, [("title", "Plan"), ("document_file", just)]).json["size"] == multipart.MAX_BYTES
    )
    for more in (1, 1024 * 1024):
        larger = File("plan.txt", just.content + b"x" * more, "text/plain")
        reply = send(ada, [("title", "Plan"), ("document_file", larger)])
        assert reply.problem == (413, "too_large")


def test_it_is_done_once_whatever_the_boundary(ada: Client) -> None:
    parts: list[tuple[str, str | File]] = [("title", "Plan"), ("document_file", TEXT)]
    key = {"idempotency-key": "key-1"}
    first, second = send(ada, parts, **key), send(ada, parts, "another", **key)
    assert second.text == first.text
    other = send(ada, [("title", "Plan"), ("document_file", File("plan.txt", b"other"))], **key)
    assert other.problem == (422, "idempotency_key_reused")
    assert ada.get("/api/documents").json["count"] == 1


def test_it_is_version_one(ada: Client) -> None:
    path = stored(ada, content=b"text")
    versions = ada.get(f"{path}/versions").json
    assert [(one["n"], one["size"]) for one in versions["results"]] == [(1, 4)]
