"""A whole organization, out of one and into another, through both workers."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from crm.administration.archive.dump import Piece
from crm.administration.imports import organization
from crm.platform.s3 import bucket
from tests.support import exports
from tests.support.archives import build, comparable, undisturbed
from tests.support.client import Client, Reply, function
from tests.support.cloud import Cloud
from tests.support.cloud import client as aws
from tests.support.crashes import crash_after
from tests.support.imports import IMPORTS, counts, shown, work
from tests.support.stream import project, recorded
from tests.support.uploads import deliver, put

pytestmark = pytest.mark.thorough

ZIP = "application/zip"


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    with undisturbed():
        yield


@pytest.fixture
def target(ada: Client) -> Client:
    """Ada in another organization, which she has just founded."""
    founded = ada.within(None).post("/api/organizations", {"name": "Empty"})
    assert founded.status == 201, founded.text
    return ada.within(founded.json["id"])


def exported(who: Client, cloud: Cloud) -> bytes:
    return exports.content(who, exports.run(who, cloud, "organization", "zip"))


def asked(who: Client, content: bytes) -> Reply:
    file = {"name": "brook.zip", "content_type": ZIP, "size": len(content)}
    return who.post(IMPORTS, {"record_type": "organization", "file": file})


def begun(who: Client, content: bytes) -> str:
    made = asked(who, content)
    assert made.status == 201, made.text
    deliver(put(made, content, ZIP))
    return str(made.json["id"])


def imported(who: Client, cloud: Cloud, content: bytes) -> dict[str, Any]:
    import_id = begun(who, content)
    with recorded() as records:
        work(cloud)
    project(records)
    return shown(who, import_id)


def pieces(content: bytes) -> dict[str, Any]:
    """Return the comparable content of an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    files = {name: content for name, content in found.items() if name.startswith("files/")}
    told = [
        Piece(name, one.decode().splitlines()) for name, one in found.items() if name not in files
    ]
    return {**files, **comparable(told)}


def changed(content: bytes, name: str, to: bytes | None) -> bytes:
    """An archive with another entry in the place of one, or without it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry), zipfile.ZIP_DEFLATED)
            elif to is not None:
                new.writestr(entry, to)
    return stream.getvalue()


def test_what_comes_out_of_the_copy_is_what_went_in(
    ada: Client, ben: Client, cleo: Client, team: str, target: Client, cloud: Cloud
) -> None:
    world = build(ada, ben, cleo, team)
    first = exported(ada, cloud)
    job = imported(target, cloud, first)
    assert (job["status"], job["error"]) == ("succeeded", None)
    assert job["done_rows"] == job["total_rows"] == job["created"] > 50
    assert pieces(exported(target, cloud)) == pieces(first)
    for n in (1, 2):
        path = f"/api/documents/{world['plan']}/versions/{n}/file"
        assert target.get(path).status == ada.get(path).status == 302
    assert cloud.objects("imports/") == []


def test_killed_after_each_commit(
    ada: Client,
    target: Client,
    cloud: Cloud,
    team: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker continues where a killed one stopped."""
    entity = ada.post("/api/entities", {"type": "account", "name": "Acme"}).json["id"]
    deal = ada.post("/api/deals", {"name": "Mill", "entity_id": entity, "shared_with": [team]})
    assert deal.status == 201, deal.text
    first = exported(ada, cloud)
    monkeypatch.setattr(organization, "STEP_SECONDS", 0.0)
    import_id = begun(target, first)
    died = 0
    for _ in range(300):
        events = cloud.job_events()
        if not events:
            break
        with crash_after(1) as crash:
            function("import_worker")(events[0], None)
        if crash.happened:
            died += 1
            body = events[0]["Records"][0]["body"]
            aws("sqs").send_message(QueueUrl=cloud.jobs_url, MessageBody=body)
    assert died > 5
    assert counts(shown(target, import_id))[0] == "succeeded"
    assert pieces(exported(target, cloud)) == pieces(first)


def test_only_an_empty_organization_takes_one_in(ada: Client, target: Client, cloud: Cloud) -> None:
    content = exported(ada, cloud)
    waiting = begun(target, content)
    assert target.post("/api/teams", {"name": "First"}).status == 201
    work(cloud)
    job = shown(target, waiting)
    assert (job["status"], job["done_rows"]) == ("failed", 0)
    assert job["error"].startswith("Only an organization that holds nothing yet")
    assert asked(target, content).problem == (409, "conflict")


@pytest.mark.parametrize(
    ("name", "to", "error"),
    [
        ("manifest.json", None, "people/000001.jsonl: does not follow"),
        ("people/000001.jsonl", b"{}\n", "people/000001.jsonl, line 1: "),
        ("organization.json", b"x" * 10_000_001, "organization.json: is too long."),
        ("entities/000001.jsonl", b"no json\n", "entities/000001.jsonl, line 1: It is not valid"),
        ("deals/000001.jsonl", None, ""),
        ("deal_stays/000001.jsonl", b"\n", "deal_stays/000001.jsonl, line 1: "),
    ],
)
def test_archives_that_somebody_has_changed(
    ada: Client, target: Client, cloud: Cloud, name: str, to: bytes | None, error: str
) -> None:
    entity = ada.post("/api/entities", {"type": "account", "name": "Acme"}).json["id"]
    assert ada.post("/api/deals", {"name": "Mill", "entity_id": entity}).status == 201
    job = imported(target, cloud, changed(exported(ada, cloud), name, to))
    assert job["status"] == "failed"
    assert job["error"].startswith(error), job["error"]


@pytest.mark.parametrize(
    ("to", "error"),
    [
        (b"TEXT", "is not the file that the archive tells of."),
        (b"text and more", "is not the file that the archive tells of."),
    ],
)
def test_files_that_somebody_has_changed(
    ada: Client, target: Client, cloud: Cloud, to: bytes, error: str
) -> None:
    file = {"name": "plan.txt", "content_type": "text/plain", "size": 4}
    made = ada.post("/api/documents", {"title": "Plan", "file": file})
    deliver(put(made))
    entry = f"files/{made.json['id']}/1"
    job = imported(target, cloud, changed(exported(ada, cloud), entry, to))
    assert (job["status"], job["error"]) == ("failed", f"{entry}: {error}")
    assert cloud.objects(f"files/{target.organization_id}") == []


def test_what_is_no_archive(target: Client, cloud: Cloud) -> None:
    job = imported(target, cloud, b"PK\x03\x04 and nothing that follows")
    assert (job["status"], job["error"]) == ("failed", "The file: cannot be read as a zip file.")
    assert bucket.head(f"imports/{target.organization_id}/{job['id']}/errors.csv") is None
