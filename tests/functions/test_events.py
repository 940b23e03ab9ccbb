"""Each event in events/, which is what `sam local invoke -e` takes as well."""

import json
from pathlib import Path
from typing import Any

import pytest

from crm.platform import config
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.table import RECORDS, connection
from crm.platform.dynamodb.transaction import Transaction
from crm.related.documents.schemas import Document, PendingUpload, team_list
from crm.related.documents.storage import Place
from crm.tenancy.members.service import add_founder
from crm.tenancy.organizations.schemas import Organization
from crm.tenancy.profiles import Profile
from tests.support.client import function
from tests.support.cloud import BUCKET, Cloud, client

EVENTS = Path(__file__).parents[2] / "events"

ORGANIZATION = "01a20000-0000-7000-8000-0000000000a1"
USER = "5f0c6a3e-8d7b-4c1e-9a52-0d3f6b7c8e91"
DOCUMENT = "01a20000-0000-7000-8000-0000000000d1"
UPLOAD = "01a20000-0000-7000-8000-0000000000e1"
TEAM = "01a20000-0000-7000-8000-0000000000f1"

ANSWERS = {
    "activities/create": 201,
    "attachments/list_of_nothing": 404,
    "cases/create": 201,
    "custom_fields/create": 201,
    "deals/create_without_entity": 422,
    "deals/list": 200,
    "docs/health": 200,
    "documents/create": 201,
    "documents/create_by_form": 201,
    "documents/list": 200,
    "documents/stale_patch": 412,
    "entities/create": 201,
    "erasures/erase_the_last_admin": 409,
    "exports/create": 201,
    "leads/create": 201,
    "me/read": 200,
    "members/demote_last_admin": 409,
    "members/list": 200,
    "notifications/list": 200,
    "organizations/found": 201,
    "organizations/list": 200,
    "organizations/stale_delete": 412,
    "pipelines/create": 201,
    "reports/forecast": 200,
    "teams/create": 201,
    "timeline/read_of_nothing": 404,
    "webhook_deliveries/read_unknown": 404,
    "webhook_endpoints/create": 201,
    "workflow_executions/read_unknown": 404,
    "workflow_rules/create": 201,
}
"""The requests, and the status of the answer to each."""

OTHERS = {
    "erasure_worker/organization",
    "export_worker/woken",
    "projections/document_deleted",
    "projections/document_renamed",
    "projections/team_deleted",
    "delayed_actions/woken",
    "uploads/arrived",
}


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return loaded


@pytest.fixture
def document(cloud: Cloud) -> Document:
    """The organization that the events speak of, with a document that waits for its file."""
    organization = Organization.create(
        ORGANIZATION, USER, id=ORGANIZATION, name="Brook", default_currency="USD"
    )
    made = Document.create(
        ORGANIZATION,
        USER,
        id=DOCUMENT,
        title="Offer",
        shared_with=[TEAM],
        file_name="offer.txt",
        content_type="text/plain",
        size=4,
    )
    upload = PendingUpload(
        upload_id=UPLOAD,
        file_name="offer.txt",
        content_type="text/plain",
        size=4,
        created_by=USER,
    )
    work = Transaction()
    work.save(organization, None)
    add_founder(work, ORGANIZATION, Profile(id=USER, first_name="Ada", email="ada@example.com"))
    work.save(made, None)
    work.put(keys.child_item(made.key, "upload", UPLOAD), upload.model_dump())
    work.commit()
    return made


def now(made: Document) -> Document:
    item = RECORDS.get(made.key)
    assert item is not None
    return Document.from_item(item)


def grams() -> set[str]:
    found = connection().scan(config.bookkeeping_table())["Items"]
    parts = [item["pk"]["S"].partition("#GRAM#DOCUMENT#")[2] for item in found]
    return {part for part in parts if part}


def test_each_is_invoked() -> None:
    files = {str(path.relative_to(EVENTS).with_suffix("")) for path in EVENTS.rglob("*.json")}
    assert files == {*ANSWERS, *OTHERS}


@pytest.mark.parametrize(("name", "status"), ANSWERS.items())
def test_a_request(document: Document, name: str, status: int) -> None:
    answer = function(name.partition("/")[0])(event(name), None)
    assert answer["statusCode"] == status
    json.loads(answer["body"])


def test_an_erasure(document: Document) -> None:
    function("erasure_worker")(event("erasure_worker/organization"), None)
    assert now(document) == document, "nobody has deleted the organization"
    deletion = event("organizations/stale_delete")
    del deletion["headers"]["if-match"]
    assert function("organizations")(deletion, None)["statusCode"] == 204
    function("erasure_worker")(event("erasure_worker/organization"), None)
    assert RECORDS.get(document.key) is None


def test_an_upload(document: Document) -> None:
    arrival = event("uploads/arrived")
    key = Place(ORGANIZATION, DOCUMENT, UPLOAD).upload_key
    stored = client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"text", ContentType="text/plain")
    arrival["Records"][0]["s3"]["object"]["versionId"] = stored["VersionId"]
    function("uploads")(arrival, None)
    assert now(document).upload_status == "available"


def test_an_alarm_clock_of_nothing_wakes_nobody(document: Document) -> None:
    before = connection().scan(config.records_table())["Items"]
    function("delayed_actions")(event("delayed_actions/woken"), None)
    assert connection().scan(config.records_table())["Items"] == before


def test_a_document_in_the_stream(document: Document) -> None:
    function("projections")(event("projections/document_renamed"), None)
    assert grams() == {"quo", "uot", "ote", "^q", "^qu"}
    function("projections")(event("projections/document_deleted"), None)
    assert grams() == set()


def test_the_end_of_a_team_in_the_stream(document: Document) -> None:
    entry = keys.index_item(ORGANIZATION, "document", team_list(TEAM, "unavailable"), DOCUMENT)
    assert RECORDS.get(entry)
    function("projections")(event("projections/team_deleted"), None)
    assert now(document).shared_with == []
    assert RECORDS.get(entry) is None
