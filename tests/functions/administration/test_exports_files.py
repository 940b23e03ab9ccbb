"""Exports: what is in the files."""

from typing import Any

import pytest

from crm.administration.exports import records as writing
from crm.administration.exports.schemas import Export
from crm.jobs import queue
from crm.jobs import service as jobs
from tests.support.activities import activity
from tests.support.cases import case
from tests.support.client import Client
from tests.support.cloud import BUCKET, Cloud, client
from tests.support.deals import deal
from tests.support.entities import address, contact_point, detail, entity, identifier, related
from tests.support.exports import EXPORTS, begin, content, listed, records, run, shown, table, work
from tests.support.forms import stored as document
from tests.support.leads import lead

pytestmark = pytest.mark.thorough

LISTS = {
    "deal": "/api/deals",
    "activity": "/api/activities",
    "lead": "/api/leads",
    "case": "/api/cases",
    "document": "/api/documents",
}


def some_of_each(who: Client, name: str) -> None:
    """A record of each kind."""
    made = deal(who, name)
    activity(who, subject=name, related_to_type="deal", related_to_id=made["id"])
    lead(who, name)
    case(who, name)
    document(who, title=name)


@pytest.mark.parametrize("kind", LISTS)
def test_a_file_holds_what_the_list_answers(
    ada: Client, ben: Client, cloud: Cloud, kind: str
) -> None:
    some_of_each(ada, "Größe; \u2028 =1+1")
    some_of_each(ben, "Second")
    for who, rows in ((ada, 2), (ben, 1)):
        job = run(who, cloud, kind)
        assert job["rows"] == rows
        assert records(who, job) == listed(who, LISTS[kind])
        as_table = table(who, run(who, cloud, kind, "csv"))
        assert [row["id"] for row in as_table] == [row["id"] for row in listed(who, LISTS[kind])]


def test_entities_come_with_all_that_hangs_on_them(ada: Client, cloud: Cloud) -> None:
    acme, zeta = entity(ada), entity(ada, "=Zeta")
    identifier(ada, acme)
    point = contact_point(ada, acme)
    address(ada, acme)
    related(ada, acme, zeta)
    assert records(ada, run(ada, cloud, "entity")) == [detail(ada, zeta), detail(ada, acme)]
    first, second = table(ada, run(ada, cloud, "entity", "csv"))
    assert (first["name"], second["name"]) == ("'=Zeta", "Acme")
    assert second["email"] == point["value"]


def test_more_entities_than_are_held_at_once(ada: Client, cloud: Cloud) -> None:
    made = [entity(ada, f"Nr {n}")["id"] for n in range(27)]
    found = records(ada, run(ada, cloud, "entity"))
    assert [one["id"] for one in found] == made[::-1]


def test_custom_fields_have_columns(ada: Client, cloud: Cloud) -> None:
    field = {"record_type": "deal", "field_name": "vip", "field_label": "VIP"}
    assert ada.post("/api/custom-fields", {**field, "field_type": "boolean"}).status == 201
    deal(ada, custom_fields={"vip": True})
    [row] = table(ada, run(ada, cloud, "deal", "csv"))
    assert row["custom_fields.vip"] == "true"


def test_a_table_of_documents(ada: Client, cloud: Cloud, team: str) -> None:
    path = document(ada, title="=Plan", shared_with=[team])
    [row] = table(ada, run(ada, cloud, "document", "csv"))
    assert row["title"] == "'=Plan"
    assert row["shared_with"] == team
    assert row["created_by"] == ada.user_id
    assert (row["document_file"], row["size"]) == (f"{path}/file", "4")
    assert row["rejection_reason"] == ""


@pytest.mark.parametrize(("kind", "file_format"), [("lead", "csv"), ("entity", "jsonl")])
def test_a_file_of_nothing(ada: Client, cloud: Cloud, kind: str, file_format: str) -> None:
    job = run(ada, cloud, kind, file_format)
    assert (job["status"], job["rows"]) == ("succeeded", 0)
    lines = content(ada, job).decode().splitlines()
    assert [line.split(",")[0] for line in lines] == (["id"] if file_format == "csv" else [])


@pytest.mark.parametrize(
    ("kind", "filters", "found"),
    [
        ("deal", {"status": "won"}, []),
        ("deal", {"assigned_to": "nobody"}, []),
        ("deal", {"name": None}, ["Other", "Big one"]),
        ("deal", {"expected_close_before": "2026-01-02"}, ["Big one"]),
        ("activity", {"is_completed": True}, []),
        ("activity", {"type": "note"}, ["Spoke"]),
        ("document", {"created_after": "2020-01-01T00:00:00+02:00"}, ["Plan"]),
        ("document", {"created_before": "2020-01-01"}, []),
    ],
)
def test_filters(
    ada: Client, cloud: Cloud, kind: str, filters: dict[str, Any], found: list[str]
) -> None:
    first = deal(ada, expected_close_date="2026-01-01")
    deal(ada, "Other", entity_id=first["entity_id"])
    activity(ada, type="note", subject="Spoke")
    document(ada, title="Plan")
    job = run(ada, cloud, kind, **filters)
    label = {"activity": "subject", "document": "title"}.get(kind, "name")
    assert [one[label] for one in records(ada, job)] == found


def test_the_documents_of_a_record_that_one_sees(ada: Client, ben: Client, cloud: Cloud) -> None:
    made = deal(ada)
    target = {"related_to_type": "deal", "related_to_id": made["id"]}
    path = document(ada, title="Plan")
    attached = {**target, "document_id": path.rpartition("/")[2]}
    assert ada.post("/api/attachments", attached).status == 201
    document(ada, title="Unrelated")
    assert [one["title"] for one in records(ada, run(ada, cloud, "document", **target))] == ["Plan"]
    assert records(ben, run(ben, cloud, "document", **target)) == []


def test_an_export_that_is_cancelled_while_it_is_written(
    ada: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal(ada)
    made = begin(ada).json
    whole = writing.finish

    def cancelling(job: Export) -> Export:
        reply = ada.post(f"{EXPORTS}/{made['id']}/cancel")
        assert reply.json["status"] == "cancelled"
        return whole(job)

    monkeypatch.setattr(writing, "finish", cancelling)
    work(cloud)
    job = shown(ada, made["id"])
    assert (job["status"], job["file"]) == ("cancelled", None)
    assert cloud.objects("exports/") == []


def test_it_is_written_with_the_rights_of_the_moment(
    ada: Client, ben: Client, cloud: Cloud
) -> None:
    deal(ada, "Seen", assigned_to=ben.user_id)
    other = deal(ada, "Seen no longer", assigned_to=ben.user_id)
    made = begin(ben).json
    assert ada.patch(f"/api/deals/{other['id']}", {"assigned_to": ada.user_id}).status == 200
    work(cloud)
    assert [one["name"] for one in records(ben, shown(ben, made["id"]))] == ["Seen"]


def test_a_member_who_leaves_while_it_is_written(
    ada: Client, ben: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal(ben)
    made = begin(ben).json
    whole = writing.step

    def leaving(job: Export, caller: Any) -> Export:
        assert ada.patch(f"/api/members/{ben.user_id}", {"is_active": False}).status == 200
        return whole(job, caller)

    monkeypatch.setattr("crm.administration.exports.worker.records.step", leaving)
    work(cloud)
    assert shown(ada, made["id"])["status"] == "failed"
    assert cloud.objects("exports/") == []


def test_a_worker_that_is_called_when_all_is_done(ada: Client, cloud: Cloud) -> None:
    job = run(ada, cloud)
    found = jobs.read(Export, str(ada.organization_id), job["id"])
    assert found is not None
    queue.wake(found)
    work(cloud)
    assert shown(ada, job["id"]) == job


def test_an_export_whose_file_is_lost_begins_again(
    ada: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal(ada)
    lost = [True]
    whole = writing.finish

    def losing(job: Export) -> Export:
        if lost.pop() if lost else False:
            client("s3").delete_object(Bucket=BUCKET, Key=job.token)
        return whole(job)

    monkeypatch.setattr(writing, "finish", losing)
    assert len(records(ada, run(ada, cloud))) == 1
    assert not lost
