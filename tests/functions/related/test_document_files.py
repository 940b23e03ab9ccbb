"""The file of a document: downloading, replacing, versions."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from crm.platform.s3 import bucket
from tests.support.client import Client
from tests.support.cloud import BUCKET, client
from tests.support.forms import File, send, stored
from tests.support.uploads import announce, declared, upload


def linked(who: Client, path: str) -> bytes:
    """Return the query of the link that a path redirects to."""
    reply = who.get(path)
    assert (reply.status, reply.text) == (302, "")
    key = unquote(urlsplit(reply.headers["Location"]).path).partition("files/")
    content = client("s3").get_object(Bucket=BUCKET, Key=f"files/{key[2]}")["Body"].read()
    return bytes(content)


def test_the_link_is_short_lived_and_an_attachment(ada: Client) -> None:
    path = stored(ada)
    link = urlsplit(ada.get(f"{path}/file").headers["Location"])
    query = parse_qs(link.query)
    assert int(query["X-Amz-Expires"][0]) == bucket.LINK_SECONDS <= 300
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["response-content-disposition"] == [
        "attachment; filename=\"plan.txt\"; filename*=UTF-8''plan.txt"
    ]
    assert query["response-content-type"] == ["text/plain"]


def test_a_name_that_would_break_out_of_the_header(ada: Client) -> None:
    name = 'ä";\\%41.txt'
    file = {"name": name, "content_type": "text/plain", "size": 4}
    made = ada.post("/api/documents", {"title": "Plan", "file": file})
    upload(made)
    location = ada.get(made.headers["Location"] + "/file").headers["Location"]
    disposition = parse_qs(urlsplit(location).query)["response-content-disposition"][0]
    assert disposition == (
        "attachment; filename=\"__;__41.txt\"; filename*=UTF-8''%C3%A4%22%3B%5C%2541.txt"
    )


@pytest.mark.parametrize("content", [None, b"different"])
def test_there_is_none_before_one_is_accepted(ada: Client, content: bytes | None) -> None:
    made = announce(ada)
    if content:
        upload(made, content)
    path = made.headers["Location"]
    assert ada.get(f"{path}/file").problem == (409, "file_not_available")
    assert ada.get(f"{path}/versions").json["results"] == []
    assert ada.get(f"{path}/versions/1/file").problem == (404, "not_found")


def test_replacing(ada: Client, team: str) -> None:
    path = stored(ada, content=b"first", shared_with=[team])
    second = declared(b"<a/>", name="plan.xml", content_type="application/xml")
    reply = ada.post(f"{path}/file", second)
    assert reply.status == 201
    assert reply.headers["Location"] == f"{path}/file"
    assert reply.headers["ETag"] == '"2"'
    assert (reply.json["upload_status"], reply.json["file_name"]) == ("available", "plan.txt")
    assert reply.json["upload"]["fields"]["Content-Type"] == "application/xml"
    assert linked(ada, f"{path}/file") == b"first"

    upload(reply, b"<a/>", "application/xml")
    document = ada.get(path).json["document_obj"]
    assert (document["file_name"], document["content_type"]) == ("plan.xml", "application/xml")
    assert (document["size"], document["sha256"]) == (4, second["sha256"])
    assert (document["shared_with"], document["version"]) == ([team], 3)
    assert linked(ada, f"{path}/file") == b"<a/>"
    assert linked(ada, f"{path}/versions/1/file") == b"first"
    assert linked(ada, f"{path}/versions/2/file") == b"<a/>"


def test_a_replacement_that_is_rejected_changes_nothing_readable(ada: Client) -> None:
    path = stored(ada, content=b"first")
    upload(ada.post(f"{path}/file", declared(b"second")), b"wrong!")
    document = ada.get(path).json["document_obj"]
    assert (document["upload_status"], document["size"]) == ("available", 5)
    assert document["rejection_reason"] == "The checksum is not the declared one."
    assert linked(ada, f"{path}/file") == b"first"
    assert ada.get(f"{path}/versions").json["count"] == 1

    upload(ada.post(f"{path}/file", declared(b"third")), b"third")
    document = ada.get(path).json["document_obj"]
    assert (document["rejection_reason"], document["size"]) == (None, 5)
    assert linked(ada, f"{path}/file") == b"third"


def test_a_file_that_was_rejected_may_be_sent_again(ada: Client) -> None:
    made = announce(ada)
    upload(made, b"wrong")
    path = made.headers["Location"]
    assert ada.get(path).json["document_obj"]["upload_status"] == "rejected"
    again = ada.post(f"{path}/file", declared())
    assert (again.json["upload_status"], again.json["rejection_reason"]) == ("pending", None)
    upload(again)
    assert linked(ada, f"{path}/file") == b"text"


def test_the_versions_are_listed_newest_first(ada: Client, ben: Client) -> None:
    path = stored(ben, content=b"one")
    upload(ada.post(f"{path}/file", declared(b"three")), b"three")
    listed = ben.get(f"{path}/versions").json
    first = listed["results"][1]
    assert first == {
        "n": 1,
        "file_name": "plan.txt",
        "content_type": "text/plain",
        "size": 3,
        "sha256": declared(b"one")["sha256"],
        "created_on": first["created_on"],
        "created_by": ben.user_id,
    }
    assert [(one["n"], one["created_by"]) for one in listed["results"]] == [
        (2, ada.user_id),
        (1, ben.user_id),
    ]
    assert listed["count"] == 2
    page = ben.get(f"{path}/versions?limit=1").json
    assert [one["n"] for one in ben.get(page["next"]).json["results"]] == [1]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({**declared(), "size": 0}, 422),
        ({**declared(), "title": "x"}, 422),
        ({**declared(), "name": "x.exe"}, 415),
        ({**declared(), "size": 5 * 1024**3 + 1}, 413),
    ],
)
def test_replacing_refuses(ada: Client, body: object, status: int) -> None:
    path = stored(ada)
    assert ada.post(f"{path}/file", body).status == status
    assert ada.get(path).headers["ETag"] == '"1"'


def test_a_file_by_form_has_a_link_too(ada: Client) -> None:
    made = send(ada, [("title", "Plan"), ("document_file", File("plan.txt", b"text"))])
    assert linked(ada, made.json["document_file"]) == b"text"
