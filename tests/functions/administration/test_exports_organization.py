"""Exports of whole organizations as zip files."""

import io
import time
import zipfile
from typing import Any

import pytest

from crm.administration.archive import dump
from crm.administration.exports import organization, records
from crm.administration.exports.schemas import Export
from tests.support.activities import about
from tests.support.client import Client
from tests.support.cloud import BUCKET, Cloud, client
from tests.support.deals import deal, path_of
from tests.support.entities import entity
from tests.support.exports import EXPORTS, content, run, shown, work
from tests.support.forms import stored as document
from tests.support.multipart import make_parts_small

pytestmark = pytest.mark.thorough


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dump, "SETTLING_SECONDS", 0.0)
    make_parts_small(monkeypatch, 500, 800)


@pytest.fixture
def document_id(ada: Client) -> str:
    """Something to export: a deal, and a document with a file."""
    deal(ada)
    return document(ada, title="Plan").rpartition("/")[2]


def exported(who: Client, cloud: Cloud) -> Any:
    job = run(who, cloud, "organization", "zip")
    assert (job["status"], job["error"]) == ("succeeded", None)
    return job


def entries(who: Client, job: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content(who, job))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_all_that_an_organization_has(ada: Client, cloud: Cloud, document_id: str) -> None:
    job = exported(ada, cloud)
    found = entries(ada, job)
    assert next(iter(found)) == "manifest.json"
    assert found[f"files/{document_id}/1"] == b"text"
    assert b'"Big one"' in found["deals/000001.jsonl"]
    pieces = {name: text for name, text in found.items() if not name.startswith("files/")}
    assert job["rows"] == sum(text.count(b"\n") for text in pieces.values())


def test_in_steps_it_is_the_same(
    ada: Client, cloud: Cloud, document_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = entries(ada, exported(ada, cloud))
    monkeypatch.setattr(records, "STEP_SECONDS", -1.0)
    steps = entries(ada, exported(ada, cloud))
    assert list(steps) == list(whole)
    assert {name: steps[name] for name in steps if steps[name] != whole[name]} == {}


def test_a_file_that_has_gone_is_left_out(ada: Client, cloud: Cloud, document_id: str) -> None:
    [key] = cloud.objects("files/")
    client("s3").delete_object(Bucket=BUCKET, Key=key)
    found = entries(ada, exported(ada, cloud))
    assert f"files/{document_id}/1" not in found
    assert b"Plan" in found["documents/000001.jsonl"]


def test_what_is_left_out_because_it_came_to_hang_on_something_newer(
    ada: Client, cloud: Cloud, document_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved, stays = deal(ada, "Moved"), deal(ada, "Stays")
    note = {"type": "note", "subject": "Of it"}
    assert ada.post("/api/activities", {**note, **about(moved, "deal")}).status == 201
    monkeypatch.setattr(records, "STEP_SECONDS", -1.0)
    whole = organization._written

    def moving(job: Export) -> Export:
        if job.rows == 1:
            time.sleep(0.005)
            newer = {"entity_id": entity(ada)["id"]}
            assert ada.patch(path_of(moved), newer).status == 200
        return whole(job)

    monkeypatch.setattr(organization, "_written", moving)
    job = exported(ada, cloud)
    text = b"".join(entries(ada, job).values())
    assert (moved["id"].encode() in text, stays["id"].encode() in text) == (False, True)
    assert job["left_out"] == 2, "the deal, and the note on it"
    monkeypatch.setattr(organization, "_written", whole)
    assert exported(ada, cloud)["left_out"] == 0


def test_an_admin_who_is_one_no_longer(
    ada: Client, ben: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ada.patch(f"/api/members/{ben.user_id}", {"role": "admin"}).status == 200
    made = ben.post(EXPORTS, {"record_type": "organization", "format": "zip"})
    assert made.status == 201
    whole = organization._written

    def demoting(job: Export) -> Export:
        assert ada.patch(f"/api/members/{ben.user_id}", {"role": "member"}).status == 200
        return whole(job)

    monkeypatch.setattr(organization, "_written", demoting)
    work(cloud)
    job = shown(ben, made.json["id"])
    assert (job["status"], job["error"]) == ("failed", "Its maker is no admin any more.")
    assert cloud.objects("exports/") == []


def test_it_takes_no_filters(ada: Client) -> None:
    body = {"record_type": "organization", "format": "zip", "filters": {"status": "open"}}
    reply = ada.post(EXPORTS, body)
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == ["filters.status"]
