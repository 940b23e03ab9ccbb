"""Files on their way in and out: what is refused, what is kept, and that nothing else counts."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from local.process import StackProcess
from tests.support.integration.client import (
    PDF,
    TEXT,
    Brook,
    File,
    Json,
    Person,
    good,
    made,
    refused,
    wait_until,
)
from tests.support.integration.files import EXE, FALSE, PNG, REAL

MIB = 1024 * 1024
FORM_SECONDS = 3600


@pytest.fixture(scope="module")
def brook(stack: StackProcess) -> Iterator[Brook]:
    with Brook(stack) as opened:
        yield opened


@pytest.fixture(scope="module")
def ada(brook: Brook) -> Person:
    return brook.found().founder


@pytest.fixture
def silent_bucket(stack: StackProcess) -> Iterator[None]:
    """S3 tells nobody what arrives: the test itself delivers the events, when it wants."""
    files, bucket = stack.client("s3"), stack.outputs["Bucket"]
    standing = files.get_bucket_notification_configuration(Bucket=bucket)
    standing.pop("ResponseMetadata")
    files.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    yield
    files.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=standing)


def event_of(form: Json, answer: httpx.Response) -> Json:
    """Return S3's response to an upload."""
    assert answer.status_code == 204, answer.text
    key, version = form["fields"]["key"], answer.headers["x-amz-version-id"]
    return {"s3": {"object": {"key": key, "versionId": version}}}


def deliver(stack: StackProcess, *events: Json) -> None:
    answer = stack.client("lambda").invoke(
        FunctionName="brook-crm-uploads", Payload=json.dumps({"Records": events}).encode()
    )
    assert "FunctionError" not in answer, answer["Payload"].read()


def objects(stack: StackProcess, prefix: str) -> list[str]:
    """The keys of the bucket that can be read."""
    found = stack.client("s3").list_objects_v2(Bucket=stack.outputs["Bucket"], Prefix=prefix)
    return [one["Key"] for one in found.get("Contents", [])]


def download(person: Person, document_id: str) -> bytes:
    return person.download(f"/api/documents/{document_id}/file").content


# ── What the form lets through ──


def altered_policy(fields: dict[str, str]) -> str:
    policy = json.loads(base64.b64decode(fields["policy"]))
    policy["expiration"] = "2099-01-01T00:00:00Z"
    return base64.b64encode(json.dumps(policy).encode()).decode()


def wide_open_policy(_: dict[str, str]) -> str:
    policy = {"expiration": "2099-01-01T00:00:00Z", "conditions": []}
    return base64.b64encode(json.dumps(policy).encode()).decode()


REFUSED_FORMS: dict[str, Any] = {
    "another type": {"Content-Type": "text/html"},
    "no type": {"Content-Type": None},
    "another key": {"key": lambda fields: fields["key"] + "x"},
    "a key of kept files": {"key": lambda f: f["key"].replace("uploads/", "files/", 1)},
    "another checksum": {"x-amz-checksum-sha256": "A" * 43 + "="},
    "no checksum": {"x-amz-checksum-sha256": None},
    "a later expiry": {"policy": altered_policy},
    "a policy without conditions": {"policy": wide_open_policy},
    "another signature": {"x-amz-signature": "0" * 64},
    "no signature": {"x-amz-signature": None},
    "no policy": {"policy": None},
    "another credential": {"x-amz-credential": lambda f: "A" + f["x-amz-credential"]},
    "no session": {"x-amz-security-token": None},
    "an access list": {"acl": "public-read"},
    "metadata": {"x-amz-meta-note": "hello"},
    "a redirect": {"success_action_redirect": "https://example.com/"},
    "an encryption": {"x-amz-server-side-encryption": "aws:kms"},
    "a tag": {"tagging": "<Tagging/>"},
}


@pytest.mark.parametrize("name", REFUSED_FORMS)
def test_an_altered_form_stores_nothing(stack: StackProcess, ada: Person, name: str) -> None:
    declared = ada.declare(name, TEXT)
    fields = declared["upload"]["fields"]
    changes = {
        field: value(fields) if callable(value) else value
        for field, value in REFUSED_FORMS[name].items()
    }
    answer = ada.upload(declared["upload"], TEXT.content, **changes)
    assert 400 <= answer.status_code < 500, answer.status_code
    assert objects(stack, fields["key"]) == []
    assert ada.document(declared["id"])["upload_status"] == "pending"
    refused(ada.get(f"/api/documents/{declared['id']}/file"), 409, "file_not_available")


@pytest.mark.parametrize("content", [b"Brook", b"Brook\n\n", b"", b"x" * 70_000])
def test_another_size_is_refused(stack: StackProcess, ada: Person, content: bytes) -> None:
    declared = ada.declare("Size", TEXT)
    answer = ada.upload(declared["upload"], content)
    assert 400 <= answer.status_code < 500, answer.status_code
    assert objects(stack, declared["upload"]["fields"]["key"]) == []
    assert ada.document(declared["id"])["upload_status"] == "pending"


def test_a_form_without_any_authentication_is_refused(stack: StackProcess, ada: Person) -> None:
    declared = ada.declare("Nobody", TEXT)
    fields = declared["upload"]["fields"]
    form = {"url": declared["upload"]["url"], "fields": {"key": fields["key"]}}
    assert ada.upload(form, TEXT.content).status_code == 403
    assert ada.document(declared["id"])["upload_status"] == "pending"


def test_a_form_is_good_for_an_hour_and_an_expired_one_for_nothing(
    stack: StackProcess, ada: Person
) -> None:
    """The same form once with its hour, as Brook signs it, and once with that hour over."""
    declared = ada.declare("Late", TEXT)
    upload = declared["upload"]
    policy = json.loads(base64.b64decode(upload["fields"]["policy"]))
    made_on = time.strptime(upload["fields"]["x-amz-date"], "%Y%m%dT%H%M%SZ")
    ends_on = time.strptime(policy["expiration"], "%Y-%m-%dT%H:%M:%SZ")
    assert abs(time.mktime(ends_on) - time.mktime(made_on) - FORM_SECONDS) <= 1
    assert upload["expires_on"][:19] == policy["expiration"][:19]

    def signed(seconds: int) -> Json:
        key, fixed = upload["fields"]["key"], {"Content-Type": TEXT.content_type}
        form: Json = stack.client("s3").generate_presigned_post(
            stack.outputs["Bucket"], key, fixed, [fixed], ExpiresIn=seconds
        )
        return form

    expired = ada.upload(signed(-1), TEXT.content)
    assert expired.status_code == 403
    assert "expired" in expired.text.lower()
    assert ada.document(declared["id"])["upload_status"] == "pending"
    assert ada.upload(signed(60), TEXT.content).status_code == 204, "so it was the hour, not else"
    assert ada.settled(declared["id"])["upload_status"] == "available"


@pytest.mark.parametrize("file", FALSE, ids=lambda file: file.name)
def test_bytes_that_are_not_the_type_are_rejected(
    stack: StackProcess, ada: Person, file: File
) -> None:
    declared = ada.declare(file.name, file)
    assert ada.upload(declared["upload"], file.content).status_code == 204
    document = ada.settled(declared["id"])
    assert (document["upload_status"], document["rejection_reason"]) == (
        "rejected",
        "The file is not what its name says.",
    )
    refused(ada.get(f"/api/documents/{declared['id']}/file"), 409, "file_not_available")
    assert good(ada.get(f"/api/documents/{declared['id']}/versions"))["results"] == []
    assert objects(stack, declared["upload"]["fields"]["key"].replace("uploads", "files")) == []


def test_another_checksum_is_refused_or_rejected(ada: Person) -> None:
    declared = ada.declare("Checksum", TEXT)
    answer = ada.upload(declared["upload"], b"brook\n")
    if answer.is_success:  # S3 itself refuses it; the engine leaves it to Brook
        document = ada.settled(declared["id"])
        assert document["upload_status"] == "rejected"
        assert document["rejection_reason"] == "The checksum is not the declared one."
    refused(ada.get(f"/api/documents/{declared['id']}/file"), 409, "file_not_available")


def test_a_rejected_document_gets_another_chance(ada: Person) -> None:
    declared = ada.declare("Second try", FALSE[0])
    ada.upload(declared["upload"], FALSE[0].content)
    assert ada.settled(declared["id"])["upload_status"] == "rejected"
    again = made(ada.post(f"/api/documents/{declared['id']}/file", TEXT.said()))
    assert (again["upload_status"], again["rejection_reason"]) == ("pending", None)
    assert ada.upload(again["upload"], TEXT.content).is_success
    assert ada.settled(declared["id"])["upload_status"] == "available"
    assert ada.document(declared["id"])["file_name"] == TEXT.name


# ── What arrives ──


@pytest.mark.parametrize("file", REAL, ids=lambda file: file.name)
def test_each_allowed_type_arrives(ada: Person, file: File) -> None:
    declared = ada.declare(file.name, file)
    assert ada.upload(declared["upload"], file.content).status_code == 204
    document = ada.settled(declared["id"])
    assert document["upload_status"] == "available", document["rejection_reason"]
    assert document["sha256"] == file.sha256
    got = ada.download(f"/api/documents/{declared['id']}/file")
    assert got.content == file.content
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["content-type"] == file.content_type


@pytest.mark.parametrize("file", REAL, ids=lambda file: file.name)
def test_each_allowed_type_arrives_in_a_form(ada: Person, file: File) -> None:
    document = ada.share(file.name, file=file)
    assert (document["upload_status"], document["size"]) == ("available", len(file.content))
    assert (document["sha256"], document["file_name"]) == (file.sha256, file.name)
    assert download(ada, document["id"]) == file.content


def test_what_was_not_declared_is_found_out(ada: Person) -> None:
    said = TEXT.said(sha256=None)
    declared = made(ada.post("/api/documents", {"title": "No checksum", "file": said}))
    assert declared["sha256"] is None
    ada.upload(declared["upload"], TEXT.content)
    assert ada.settled(declared["id"])["sha256"] == TEXT.sha256


def test_a_checksum_is_answered_in_lower_case(ada: Person) -> None:
    said = TEXT.said(sha256=TEXT.sha256.upper())
    declared = made(ada.post("/api/documents", {"title": "Upper case", "file": said}))
    assert declared["sha256"] == TEXT.sha256
    ada.upload(declared["upload"], TEXT.content)
    assert ada.settled(declared["id"])["upload_status"] == "available"


NAMES = [
    "plain.pdf",
    "Übersicht – 見積書 “2026”.pdf",
    'quotes"and\\slashes.pdf',
    "per%20cent;semi,colon='x'.pdf",
    "../../etc/passwd.pdf",
    "نسخة.pdf",
    "🧾 receipt.pdf",
    "a" * 251 + ".pdf",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_downloaded_under_its_own_name(ada: Person, name: str) -> None:
    file = File(name, "application/pdf", PDF)
    declared = ada.declare("Names", file)
    ada.upload(declared["upload"], PDF)
    assert ada.settled(declared["id"])["file_name"] == name
    got = ada.download(f"/api/documents/{declared['id']}/file")
    assert got.content == PDF
    disposition = got.headers["content-disposition"]
    plain, _, extended = disposition.removeprefix('attachment; filename="').partition('"; ')
    assert plain.isascii()
    assert '"' not in plain
    assert unquote(extended.removeprefix("filename*=UTF-8''")) == name


DECLARATIONS = [
    ("program.exe", "application/x-msdownload", 10, 415, "unsupported_media_type"),
    ("page.html", "text/html", 10, 415, "unsupported_media_type"),
    ("noextension", "text/plain", 10, 415, "unsupported_media_type"),
    (".pdf.", "application/pdf", 10, 415, "unsupported_media_type"),
    ("paper.pdf", "image/png", 10, 415, "unsupported_media_type"),
    ("paper.pdf", "application/pdf\r\nx: y", 10, 415, "unsupported_media_type"),
    ("paper.pdf", "", 10, 415, "unsupported_media_type"),
    ("paper.pdf", "application/pdf", 0, 422, "validation_failed"),
    ("paper.pdf", "application/pdf", -1, 422, "validation_failed"),
    ("paper.pdf", "application/pdf", "10", 422, "validation_failed"),
    ("paper.pdf", "application/pdf", 5 * 1024 * MIB + 1, 413, "too_large"),
    ("", "application/pdf", 10, 422, "validation_failed"),
    ("a" * 252 + ".pdf", "application/pdf", 10, 422, "validation_failed"),
    ("new\nline.pdf", "application/pdf", 10, 422, "validation_failed"),
]


@pytest.mark.parametrize(("name", "content_type", "size", "status", "code"), DECLARATIONS)
def test_a_declaration_that_cannot_be_kept_is_refused(
    ada: Person, name: str, content_type: str, size: Any, status: int, code: str
) -> None:
    said = {"name": name, "content_type": content_type, "size": size}
    refused(ada.post("/api/documents", {"title": "No", "file": said}), status, code)


def test_the_largest_file_can_be_declared(ada: Person) -> None:
    said = {"name": "big.zip", "content_type": "application/zip", "size": 5 * 1024 * MIB}
    made(ada.post("/api/documents", {"title": "Big", "file": said}))


# ── Forms with the file in them ──


def test_a_form_carries_up_to_4_mib(ada: Person) -> None:
    largest = File("large.txt", "text/plain", b"x" * 4 * MIB)
    document = ada.share("Large", file=largest)
    assert document["upload_status"] == "available"
    assert download(ada, document["id"]) == largest.content

    larger = File("larger.txt", "text/plain", b"x" * (4 * MIB + 1))
    answer = ada.send("POST", "/api/documents", data={"title": "No"}, files=larger.in_form())
    refused(answer, 413, "too_large")


@pytest.mark.parametrize("file", FALSE, ids=lambda file: file.name)
def test_a_form_whose_file_is_something_else_is_refused(ada: Person, file: File) -> None:
    answer = ada.send("POST", "/api/documents", data={"title": "No"}, files=file.in_form())
    refused(answer, 415, "unsupported_media_type")


FORMS: dict[str, tuple[Json, Json, int]] = {
    "an empty file": ({"title": "No"}, File("a.txt", "text/plain", b"").in_form(), 422),
    "no title": ({}, TEXT.in_form(), 422),
    "no file": ({"title": "No"}, {"other": ("a.txt", b"x", "text/plain")}, 422),
    "two titles": ({"title": ["No", "No"]}, TEXT.in_form(), 422),
    "an unknown field": ({"title": "No", "id": "1"}, TEXT.in_form(), 422),
    "an unknown status": ({"title": "No", "status": "gone"}, TEXT.in_form(), 422),
    "no team id": ({"title": "No", "shared_with": "sales"}, TEXT.in_form(), 422),
    "an executable": ({"title": "No"}, File("a.exe", "application/pdf", EXE).in_form(), 415),
    "another type": ({"title": "No"}, File("a.pdf", "image/png", PNG).in_form(), 415),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_looked_at_as_closely_as_json(ada: Person, name: str) -> None:
    data, files, status = FORMS[name]
    answer = ada.send("POST", "/api/documents", data=data, files=files)
    assert answer.status_code == status, answer.text


# ── Events ──


def test_a_form_used_again_after_completion_changes_nothing(
    stack: StackProcess, ada: Person
) -> None:
    declared = ada.declare("Once", TEXT)
    ada.upload(declared["upload"], TEXT.content)
    before = ada.settled(declared["id"])
    key = declared["upload"]["fields"]["key"]
    for content in (TEXT.content, b"BROOK\n"):
        ada.upload(declared["upload"], content)
        wait_until(lambda: objects(stack, key), lambda keys: not keys)
    assert ada.document(declared["id"]) == before
    assert download(ada, declared["id"]) == TEXT.content
    assert good(ada.get(f"/api/documents/{declared['id']}/versions"))["count"] == 1


def test_an_event_delivered_again_changes_nothing(stack: StackProcess, ada: Person) -> None:
    declared = ada.declare("Twice", TEXT)
    event = event_of(declared["upload"], ada.upload(declared["upload"], TEXT.content))
    before = ada.settled(declared["id"])
    deliver(stack, event, event)
    deliver(stack, event)
    assert ada.document(declared["id"]) == before
    assert download(ada, declared["id"]) == TEXT.content


def test_a_rejection_delivered_again_changes_nothing(stack: StackProcess, ada: Person) -> None:
    declared = ada.declare("Twice", FALSE[0])
    event = event_of(declared["upload"], ada.upload(declared["upload"], FALSE[0].content))
    before = ada.settled(declared["id"])
    assert before["upload_status"] == "rejected"
    deliver(stack, event, event)
    assert ada.document(declared["id"]) == before


@pytest.mark.usefixtures("silent_bucket")
def test_events_out_of_order_the_first_that_is_told_counts(
    stack: StackProcess, ada: Person
) -> None:
    """One form used twice, its events the wrong way round: each speaks of its own bytes."""
    declared = ada.declare("Order", TEXT)
    good_one = event_of(declared["upload"], ada.upload(declared["upload"], TEXT.content))
    false_one = ada.upload(declared["upload"], b"BROOK\n")
    later = event_of(declared["upload"], false_one) if false_one.is_success else good_one
    deliver(stack, good_one)
    shown = ada.document(declared["id"])
    assert shown["upload_status"] == "available"
    deliver(stack, later)
    deliver(stack, good_one)
    assert ada.document(declared["id"]) == shown
    assert download(ada, declared["id"]) == TEXT.content


@pytest.mark.usefixtures("silent_bucket")
def test_two_replacements_whose_events_cross(stack: StackProcess, ada: Person) -> None:
    """Each arrives under a number of its own, and an event that comes again moves nothing."""
    document = ada.share("Crossing")
    path = f"/api/documents/{document['id']}"
    files = [File(f"{n}.txt", "text/plain", f"file {n}".encode()) for n in (2, 3)]
    forms = [made(ada.post(f"{path}/file", file.said()))["upload"] for file in files]
    events = [
        event_of(form, ada.upload(form, file.content))
        for form, file in zip(forms, files, strict=True)
    ]
    deliver(stack, events[1])
    assert ada.document(document["id"])["file_name"] == "3.txt"
    deliver(stack, events[0])
    assert ada.document(document["id"])["file_name"] == "2.txt"
    after = ada.document(document["id"])
    deliver(stack, events[1], events[0])
    assert ada.document(document["id"]) == after
    names = [row["file_name"] for row in good(ada.get(f"{path}/versions"))["results"]]
    assert names == ["2.txt", "3.txt", "notes.txt"]


@pytest.mark.usefixtures("silent_bucket")
def test_an_event_that_comes_after_the_deletion_changes_nothing(
    stack: StackProcess, ada: Person
) -> None:
    declared = ada.declare("Gone", TEXT)
    event = event_of(declared["upload"], ada.upload(declared["upload"], TEXT.content))
    assert ada.delete(f"/api/documents/{declared['id']}").status_code == 204
    deliver(stack, event)
    refused(ada.get(f"/api/documents/{declared['id']}"), 404, "not_found")
    key = declared["upload"]["fields"]["key"]
    assert objects(stack, key) == objects(stack, key.replace("uploads", "files")) == []


def test_events_that_mean_nothing_to_brook_are_passed_over(stack: StackProcess) -> None:
    for key in ("uploads/a/b", "uploads/a/b/c", "uploads/a%23/b/c", "files/a/b/c", "", "uploads/"):
        deliver(stack, {"s3": {"object": {"key": key, "versionId": "null"}}})


# ── Replacing ──


def test_the_old_file_is_readable_until_the_new_one_arrives(ada: Person) -> None:
    document = ada.share("Contract", file=TEXT)
    path = f"/api/documents/{document['id']}"
    paper = File("paper.pdf", "application/pdf", PDF)
    answer = made(ada.post(f"{path}/file", paper.said()))
    assert (answer["upload_status"], answer["file_name"]) == ("available", TEXT.name)
    assert download(ada, document["id"]) == TEXT.content

    ada.upload(answer["upload"], PDF)
    wait_until(lambda: ada.document(document["id"]), lambda one: one["file_name"] == "paper.pdf")
    shown = ada.document(document["id"])
    assert (shown["sha256"], shown["content_type"]) == (paper.sha256, "application/pdf")
    assert download(ada, document["id"]) == PDF

    page = good(ada.get(f"{path}/versions"))
    assert page["count"] == 2
    assert [(row["n"], row["file_name"]) for row in page["results"]] == [
        (2, "paper.pdf"),
        (1, TEXT.name),
    ]
    assert set(page["results"][0]) == {
        "n", "file_name", "content_type", "size", "sha256", "created_on", "created_by",
    }  # fmt: skip
    old = ada.download(f"{path}/versions/1/file")
    assert (old.content, old.headers["content-type"]) == (TEXT.content, "text/plain")
    assert ada.download(f"{path}/versions/2/file").content == PDF
    for nothing in ("0", "3", "-1", "1.0", "999999", "9999999", "x"):
        refused(ada.get(f"{path}/versions/{nothing}/file"), 404, "not_found")


def test_sharing_stays_when_the_file_is_replaced(brook: Brook) -> None:
    organization = brook.found()
    bea = organization.join()
    team = organization.team("Readers", bea)
    document = organization.founder.share("Shared", team)
    again = made(organization.founder.post(f"{document['document_file']}", TEXT.said()))
    assert again["shared_with"] == [team]
    organization.founder.upload(again["upload"], TEXT.content)
    wait_until(lambda: download(bea, document["id"]), lambda content: content == TEXT.content)


def test_a_rejected_replacement_leaves_the_old_file(ada: Person) -> None:
    document = ada.share("Contract", file=TEXT)
    path = f"/api/documents/{document['id']}"
    false = FALSE[0]
    ada.upload(made(ada.post(f"{path}/file", false.said()))["upload"], false.content)
    shown = wait_until(lambda: ada.document(document["id"]), lambda one: one["rejection_reason"])
    assert shown["rejection_reason"] == "The file is not what its name says."
    assert (shown["upload_status"], shown["file_name"]) == ("available", TEXT.name)
    assert download(ada, document["id"]) == TEXT.content
    assert good(ada.get(f"{path}/versions"))["count"] == 1


# ── The bucket's own doors ──


def test_the_bucket_gives_nothing_to_who_comes_without_a_signature(
    stack: StackProcess, ada: Person
) -> None:
    document = ada.share("Private", file=TEXT)
    link = ada.get(document["document_file"]).headers["location"]
    bare = link.partition("?")[0]
    assert httpx.get(link).content == TEXT.content
    assert httpx.get(bare).status_code == 403
    assert httpx.get(bare.rpartition("/")[0]).status_code in {403, 404}
    assert httpx.put(bare, content=b"Mine now").status_code == 403
    assert httpx.delete(bare).status_code == 403
    assert httpx.get(f"{stack.engine_url}/{stack.outputs['Bucket']}").status_code == 403
    assert download(ada, document["id"]) == TEXT.content


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("attachment", "inline"),
        ("text%2Fplain", "text%2Fhtml"),
        ("X-Amz-Expires=300", "X-Amz-Expires=90000"),
        ("/files/", "/uploads/"),
    ],
)
def test_an_altered_link_opens_nothing(ada: Person, old: str, new: str) -> None:
    document = ada.share("Link", file=TEXT)
    link = ada.get(document["document_file"]).headers["location"]
    assert old in link
    assert httpx.get(link.replace(old, new, 1)).status_code in {400, 403}


def test_a_link_reads_and_does_not_write(ada: Person) -> None:
    document = ada.share("Link", file=TEXT)
    link = ada.get(document["document_file"]).headers["location"]
    assert "X-Amz-Expires=300&" in link
    assert httpx.put(link, content=b"Mine now").status_code == 403
    assert download(ada, document["id"]) == TEXT.content
