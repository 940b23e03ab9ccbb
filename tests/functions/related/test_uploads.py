"""Events of S3 for uploaded files."""

from typing import Any

import pytest

from crm.platform.dynamodb.transaction import StaleReadError
from tests.support.client import Client
from tests.support.cloud import Cloud
from tests.support.uploads import announce, declared, deliver, event, put, upload


def shown(who: Client, path: str) -> dict[str, Any]:
    document: dict[str, Any] = who.get(path).json["document_obj"]
    return document


@pytest.mark.parametrize("checksum", [True, False])
def test_a_file_as_declared_is_accepted(ada: Client, cloud: Cloud, checksum: bool) -> None:
    file = declared() if checksum else declared(sha256=None)
    made = ada.post("/api/documents", {"title": "Plan", "file": file})
    upload(made)
    document = shown(ada, made.headers["Location"])
    assert (document["upload_status"], document["rejection_reason"]) == ("available", None)
    assert document["sha256"] == declared()["sha256"]
    assert (document["version"], document["updated_by"]) == (2, ada.user_id)
    place = made.json["upload"]["fields"]["key"].removeprefix("uploads/")
    assert cloud.objects() == [f"files/{place}"]


@pytest.mark.parametrize(
    ("content", "content_type", "reason"),
    [
        (b"longer", "text/plain", "The file has 6 bytes, not the declared 4."),
        (b"", "text/plain", "The file has 0 bytes, not the declared 4."),
        (b"text", "text/html", "The content type is not the declared one."),
        (b"TEXT", "text/plain", "The checksum is not the declared one."),
    ],
)
def test_another_file_is_rejected(
    ada: Client, cloud: Cloud, content: bytes, content_type: str, reason: str
) -> None:
    made = announce(ada)
    upload(made, content, content_type)
    document = shown(ada, made.headers["Location"])
    assert (document["upload_status"], document["rejection_reason"]) == ("rejected", reason)
    assert (document["version"], document["size"]) == (2, 4)
    assert cloud.objects() == []


def test_bytes_that_are_not_the_declared_type_are_rejected(ada: Client, cloud: Cloud) -> None:
    file = declared(b"text", name="plan.pdf", content_type="application/pdf")
    made = ada.post("/api/documents", {"title": "Plan", "file": file})
    upload(made, b"text", "application/pdf")
    document = shown(ada, made.headers["Location"])
    assert document["upload_status"] == "rejected"
    assert document["rejection_reason"] == "The file is not what its name says."
    assert cloud.objects() == []


def test_an_event_that_comes_twice(ada: Client, cloud: Cloud) -> None:
    made = announce(ada)
    arrival = put(made)
    deliver({"Records": arrival["Records"] * 2})
    deliver(arrival)
    assert shown(ada, made.headers["Location"])["version"] == 2
    assert ada.get(made.headers["Location"] + "/versions").json["count"] == 1
    assert len(cloud.objects("files/")) == 1


def test_a_form_that_is_used_again_changes_nothing(ada: Client, cloud: Cloud) -> None:
    made = announce(ada)
    upload(made)
    before = ada.get(made.headers["Location"]).text
    upload(made, b"other")
    assert ada.get(made.headers["Location"]).text == before
    assert cloud.objects("uploads/") == []


def test_two_uploads_at_once_are_two_versions(ada: Client) -> None:
    made = announce(ada)
    path = made.headers["Location"]
    second = ada.post(f"{path}/file", declared(b"second"))
    upload(second, b"second")
    upload(made)
    sizes = [(one["n"], one["size"]) for one in ada.get(f"{path}/versions").json["results"]]
    assert sizes == [(2, 4), (1, 6)]
    assert shown(ada, path)["size"] == 4


def test_a_document_that_was_deleted_meanwhile(ada: Client, cloud: Cloud) -> None:
    made = announce(ada)
    arrival = put(made)
    ada.delete(made.headers["Location"])
    deliver(arrival)
    assert cloud.objects() == []
    assert ada.get(made.headers["Location"]).problem == (404, "not_found")


def test_a_document_that_is_changed_meanwhile(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from crm.platform.s3 import bucket

    made = announce(ada)
    arrival, keep = put(made), bucket.keep

    def keep_slowly(*arguments: Any) -> None:
        monkeypatch.setattr(bucket, "keep", keep)
        ada.patch(made.headers["Location"], {"title": "Changed"})
        keep(*arguments)

    monkeypatch.setattr(bucket, "keep", keep_slowly)
    deliver(arrival)
    document = shown(ada, made.headers["Location"])
    assert (document["title"], document["upload_status"]) == ("Changed", "available")
    assert document["version"] == 3


def test_a_document_that_others_keep_changing(
    ada: Client, monkeypatch: pytest.MonkeyPatch, cloud: Cloud
) -> None:
    """Nothing is lost: the event is to be repeated, and the file waits for it."""
    from crm.platform.dynamodb.transaction import Transaction

    made = announce(ada)
    arrival = put(made)

    def lose(_: Transaction) -> None:
        raise StaleReadError

    with monkeypatch.context() as patch:
        patch.setattr(Transaction, "commit", lose)
        with pytest.raises(StaleReadError):
            deliver(arrival)
    assert len(cloud.objects("uploads/")) == 1
    deliver(arrival)
    assert shown(ada, made.headers["Location"])["upload_status"] == "available"


KEYS_THAT_NOBODY_WAITS_FOR: list[str] = [
    "uploads/x",
    "uploads/a/b/c/d",
    "uploads/no/such/document",
    "files/a/b/c",
    "uploads/ä b/+/%25",
]


def test_keys_that_nobody_waits_for(ada: Client) -> None:
    for key in KEYS_THAT_NOBODY_WAITS_FOR:
        deliver(event(key, {"size": 1}))
        assert ada.get("/api/documents").json["count"] == 0


def test_an_upload_of_another_organization_is_another(ada: Client, eve: Client) -> None:
    """The key says whose it is; a document's id alone opens nothing."""
    made = announce(ada)
    key = made.json["upload"]["fields"]["key"]
    assert ada.organization_id
    assert eve.organization_id
    foreign = key.replace(ada.organization_id, eve.organization_id)
    deliver(event(foreign, {"size": 4}))
    assert shown(ada, made.headers["Location"])["upload_status"] == "pending"
