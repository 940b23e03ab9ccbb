"""Exports: what can be asked for, who may have it, and what becomes of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from crm.administration.exports import records as writing
from crm.administration.exports import service
from crm.administration.exports.schemas import Export
from crm.jobs import queue
from crm.platform import clock, ids
from tests.functions.conftest import join
from tests.support.client import Client, Reply
from tests.support.cloud import Cloud
from tests.support.deals import deal, sales
from tests.support.exports import EXPORTS, begin, records, run, shown, work


def test_a_new_export(ada: Client) -> None:
    made = begin(ada, "deal", "csv", status="open")
    job = made.json
    assert made.headers["Location"] == f"{EXPORTS}/{job['id']}"
    assert job == {
        "id": job["id"],
        "status": "pending",
        "error": None,
        "record_type": "deal",
        "format": "csv",
        "filters": {"status": "open"},
        "rows": 0,
        "left_out": 0,
        "size": None,
        "file": None,
        "file_expires_on": None,
        "started_on": None,
        "finished_on": None,
        "created_on": job["created_on"],
        "created_by": ada.user_id,
    }
    assert shown(ada, job["id"]) == job


@pytest.mark.parametrize(
    ("kind", "filters", "fields"),
    [
        ("deal", {"statu": "open"}, ["filters.statu"]),
        ("deal", {"limit": 10}, ["filters.limit"]),
        ("deal", {"offset": 0, "cursor": "x"}, ["filters.offset", "filters.cursor"]),
        ("deal", {"status": "opened"}, ["filters.status"]),
        ("deal", {"stage_id": "1", "name": ["x"]}, ["filters.stage_id", "filters.name"]),
        ("activity", {"related_to_type": "deal"}, ["filters.related_to_id"]),
        ("document", {"related_to_type": "deal"}, ["filters.related_to_id"]),
        ("document", {"created_after": "yesterday"}, ["filters.created_after"]),
        ("entity", {"type": "robot"}, ["filters.type"]),
    ],
)
def test_filters_that_the_list_would_refuse(
    ada: Client, kind: str, filters: dict[str, Any], fields: list[str]
) -> None:
    reply = ada.post(EXPORTS, {"record_type": kind, "format": "csv", "filters": filters})
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == fields


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["record_type", "format"]),
        ({"record_type": "team", "format": "csv"}, ["record_type"]),
        ({"record_type": "deal", "format": "xlsx"}, ["format"]),
        ({"record_type": "deal", "format": "zip"}, ["format"]),
        ({"record_type": "organization", "format": "csv"}, ["format"]),
        ({"record_type": "deal", "format": "csv", "filters": []}, ["filters"]),
        ({"record_type": "deal", "format": "csv", "limit": 1}, ["limit"]),
    ],
)
def test_what_cannot_be_exported(ada: Client, body: Any, fields: list[str]) -> None:
    reply = ada.post(EXPORTS, body)
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == fields


def test_a_whole_organization_is_for_admins(ben: Client) -> None:
    reply = ben.post(EXPORTS, {"record_type": "organization", "format": "zip"})
    assert reply.problem == (403, "permission_denied")


def test_who_sees_an_export(ada: Client, ben: Client, cleo: Client, eve: Client) -> None:
    mine, others = begin(ben).json["id"], begin(ada).json["id"]
    assert ben.get(EXPORTS).ids == [mine]
    assert cleo.get(EXPORTS).ids == []
    assert ada.get(EXPORTS).ids == [others, mine]
    assert eve.get(EXPORTS).ids == []
    calls: tuple[Callable[[Client], Reply], ...] = (
        lambda who: who.get(f"{EXPORTS}/{mine}"),
        lambda who: who.get(f"{EXPORTS}/{mine}/file"),
        lambda who: who.post(f"{EXPORTS}/{mine}/cancel"),
    )
    for call in calls:
        assert call(cleo).problem == (403, "permission_denied")
        assert call(eve).problem == (404, "not_found")
    assert ada.get(f"{EXPORTS}/{mine}").status == 200
    assert ada.get(f"{EXPORTS}/{ids.new_id()}").problem == (404, "not_found")


def test_the_file_of_an_export(ada: Client, cloud: Cloud) -> None:
    made = begin(ada, "deal", "csv").json
    file = f"{EXPORTS}/{made['id']}/file"
    assert ada.get(file).problem == (409, "file_not_available")
    work(cloud)
    job = shown(ada, made["id"])
    assert (job["status"], job["file"]) == ("succeeded", file)
    assert job["created_on"] <= job["started_on"] <= job["finished_on"] < job["file_expires_on"]
    link = urlsplit(ada.get(file).headers["Location"])
    query = parse_qs(link.query)
    assert query["X-Amz-Expires"] == ["300"]
    name = f"deal-{made['created_on'][:10]}.csv"
    assert query["response-content-disposition"] == [
        f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"
    ]
    assert query["response-content-type"] == ["text/csv; charset=utf-8"]


def test_a_file_that_has_expired(
    ada: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = run(ada, cloud)
    later = clock.now() + timedelta(days=writing.KEPT_DAYS, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert shown(ada, job["id"]) == {**job, "file": None}
    assert ada.get(job["file"]).problem == (409, "file_not_available")


def test_only_the_file_is_left(ada: Client, cloud: Cloud) -> None:
    deal(ada)
    job = run(ada, cloud)
    assert cloud.objects("exports/") == [
        f"exports/{ada.organization_id}/{job['id']}/deal-{job['created_on'][:10]}.jsonl"
    ]


def test_an_export_that_is_cancelled_before_it_begins(ada: Client, cloud: Cloud) -> None:
    made = begin(ada).json
    reply = ada.post(f"{EXPORTS}/{made['id']}/cancel")
    assert (reply.status, reply.json["status"]) == (200, "cancelled")
    work(cloud)
    assert shown(ada, made["id"]) == reply.json
    assert ada.post(f"{EXPORTS}/{made['id']}/cancel").json == reply.json
    assert cloud.objects("exports/") == []
    assert ada.get(f"{EXPORTS}/{made['id']}/file").problem == (409, "file_not_available")


def test_an_export_that_is_done_cannot_be_cancelled(ada: Client, cloud: Cloud) -> None:
    job = run(ada, cloud)
    assert ada.post(f"{EXPORTS}/{job['id']}/cancel").problem == (409, "conflict")


def test_whoever_is_no_member_any_more_gets_nothing(ada: Client, ben: Client, cloud: Cloud) -> None:
    made = begin(ben).json
    assert ada.patch(f"/api/members/{ben.user_id}", {"is_active": False}).status == 200
    work(cloud)
    job = shown(ada, made["id"])
    assert (job["status"], job["file"]) == ("failed", None)
    assert job["error"] == "Its maker is no member any more."


def test_a_super_admin_exports_without_being_a_member(
    ada: Client, root: Client, cloud: Cloud
) -> None:
    deal(ada)
    assert len(records(root, run(root, cloud))) == 1


@pytest.mark.parametrize("error", ["ThrottlingException", None])
def test_a_queue_that_is_out_of_reach_after_the_commit(
    ada: Client, monkeypatch: pytest.MonkeyPatch, error: str | None
) -> None:
    """The second call is in the queue already."""
    calls: list[float] = []

    def wake(_job: Export, seconds: float = 0.0) -> None:
        calls.append(seconds)
        if seconds == 0.0:
            if error is None:
                raise EndpointConnectionError(endpoint_url="https://sqs")
            raise ClientError({"Error": {"Code": error}}, "SendMessage")

    monkeypatch.setattr(queue, "wake", wake)
    begin(ada)
    assert calls == [service.SECOND_CALL_SECONDS, 0.0]


def test_a_file_that_would_be_too_large(
    ada: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm.platform.s3 import append_object

    monkeypatch.setattr(append_object, "FIRST_PART_BYTES", 1)
    monkeypatch.setattr(append_object, "MAX_PARTS", 0)
    deal(ada)
    job = run(ada, cloud)
    assert (job["status"], job["error"]) == ("failed", "The file has more parts than it may have.")


def test_each_route_takes_members_only(ada: Client, cloud: Cloud) -> None:
    stranger = Client(cloud.new_user("x@example.com", "X", "Y"), ada.organization_id)
    assert stranger.get(EXPORTS).problem == (403, "not_a_member")
    new = join(ada, "new@example.com", "New", "Member")
    assert new.get(EXPORTS).ids == []
    assert sales(ada)
