"""Logs contain the ids that a search needs, and no input of users."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import BaseModel
from pynamodb.exceptions import GetError

from crm.http import app
from crm.http.app import App
from crm.http.response import Response
from crm.jobs import worker as jobs
from crm.platform import ids, logging
from crm.platform.stream import runner
from crm.webhooks import worker as webhooks
from local import handlers
from tests.support.client import Client, function
from tests.support.cloud import Cloud
from tests.support.stream import recorded

FUNCTIONS = sorted(handlers.paths())

PERSONAL = {
    "name": "Rosalind Franklin",
    "renamed": "Rosalind Elsie",
    "note": "prefers to be called in the evening",
    "email": "rosalind@kings.example",
    "phone": "+442078365454",
    "street": "Strand Campus 26",
    "city": "Bloomsbury",
    "title": "Photograph Fiftyone",
    "team": "Crystallographers",
    "key": "retry-of-rosalind",
    "typo": "no-such-franklin",
    "invited": "maurice@kings.example",
    "invited_first": "Maurice",
    "invited_last": "Wilkins",
}


class Journal:
    """The log lines of all functions, as their log groups would hold them."""

    def __init__(self, written: io.StringIO) -> None:
        self._written = written

    @property
    def text(self) -> str:
        return self._written.getvalue()

    def lines(self, message: str) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in found if line["message"] == message]

    def last(self) -> dict[str, Any]:
        return self.lines("request")[-1]


@pytest.fixture
def journal(cloud: Cloud) -> Iterator[Journal]:
    written = io.StringIO()
    loggers = [module.logger for module in (app, runner, jobs, webhooks, logging)]
    loggers.append(handlers.load("uploads").logger)
    before = [(one, one.registered_handler.stream, one.log_level) for one in loggers]
    for one in loggers:
        one.registered_handler.setStream(written)
        one.setLevel("INFO")
    yield Journal(written)
    for one, stream, level in before:
        one.registered_handler.setStream(stream)
        one.setLevel(level)


def lived(ada: Client) -> str:
    """A contact that is made, completed, changed, found, and asked for in wrong ways."""
    made = ada.post(
        "/api/entities",
        {"type": "contact", "name": PERSONAL["name"], "note": PERSONAL["note"]},
        headers={"idempotency-key": PERSONAL["key"]},
    )
    path = f"/api/entities/{made.json['id']}"
    for channel in ("email", "phone"):
        point = {"channel": channel, "value": PERSONAL[channel]}
        assert ada.post(f"{path}/contact-points", point).status == 201
    address = {
        "kind": "office",
        "line1": PERSONAL["street"],
        "city": PERSONAL["city"],
        "country": "GB",
    }
    assert ada.post(f"{path}/addresses", address).status == 201
    assert ada.patch(path, {"name": PERSONAL["renamed"]}).status == 200
    assert ada.post("/api/documents", {"title": PERSONAL["title"]}).status == 422
    assert ada.post("/api/teams", {"name": PERSONAL["team"]}).status == 201
    person = {
        "email": PERSONAL["invited"],
        "first_name": PERSONAL["invited_first"],
        "last_name": PERSONAL["invited_last"],
    }
    assert ada.post("/api/members", person).status == 201
    assert ada.get("/api/entities", query={"name": PERSONAL["name"]}).status == 200
    assert ada.get("/api/entities", query={"contact_point": PERSONAL["email"]}).status == 200
    for wrong in (
        ada.get(f"/api/entities/{PERSONAL['email']}"),
        ada.get(f"{path}/addresses/{PERSONAL['typo']}"),
        ada.get("/api/entities", query={PERSONAL["typo"]: "1"}),
        ada.patch(path, {"status": PERSONAL["note"]}),
        ada.post("/api/entities", body=PERSONAL["note"].encode()),
    ):
        assert 400 <= wrong.status < 500
    return str(made.json["id"])


def require_silence(journal: Journal) -> None:
    assert {what: value for what, value in PERSONAL.items() if value in journal.text} == {}


def test_a_request_is_one_line_of_ids(ada: Client, journal: Journal) -> None:
    made = ada.post("/api/entities", {"type": "contact", "name": PERSONAL["name"]})
    line = journal.last()
    assert line["made"] == made.json["id"]
    ada.patch(f"/api/entities/{made.json['id']}", {"name": PERSONAL["renamed"]})
    line = journal.last()
    assert line.pop("milliseconds") > 0
    told = ("request_id", "method", "route", "status", "organization_id", "record", "made")
    assert {name: line.get(name) for name in told} == {
        "request_id": "request-1",
        "method": "PATCH",
        "route": "/api/entities/<entity_id>",
        "status": 200,
        "organization_id": ada.organization_id,
        "record": {"entity_id": made.json["id"]},
        "made": None,
    }
    assert {"level", "timestamp", "service"} <= line.keys()
    assert len(journal.lines("request")) == 2


def test_a_line_leads_to_its_trace(
    ada: Client, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.get("/api/teams")
    assert "xray_trace_id" not in journal.last()
    trace = "1-5759e988-bd862e3fe1be46a994272793"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={trace};Parent=53995c3f42cd8ad8;Sampled=1")
    ada.get("/api/teams")
    assert journal.last()["xray_trace_id"] == trace


def test_a_path_is_told_as_far_as_it_holds_ids(ada: Client, journal: Journal) -> None:
    record_id = ids.new_id()
    ada.get(f"/api/entities/{record_id}/addresses/{PERSONAL['typo']}")
    assert journal.last()["record"] == {"entity_id": record_id}
    ada.get(f"/api/entities/{PERSONAL['email']}")
    assert journal.last()["record"] == {}


def test_a_path_of_no_route_is_not_told(ada: Client, journal: Journal) -> None:
    path = f"/api/entities/{ids.new_id()}/{PERSONAL['typo']}/{PERSONAL['email']}"
    assert ada.get(path).problem == (404, "not_found")
    line = journal.last()
    assert (line["status"], line.get("route"), line["record"]) == (404, None, {})
    require_silence(journal)


def test_where_a_download_leads_is_not_told(ada: Client, journal: Journal) -> None:
    """The address is signed: who has it has the file."""
    assert app._made(Response(302, headers={"Location": "https://bucket/x?signed"})) is None


def test_what_people_type_is_in_no_line(ada: Client, journal: Journal) -> None:
    with recorded() as records:
        record_id = lived(ada)
    for name in ("projections", "automation"):
        function(name)({"Records": records}, None)
    require_silence(journal)
    changed = {name for line in journal.lines("stream batch") for name in line["changed"] if name}
    assert f"{ada.organization_id}/entity/{record_id}" in changed


@pytest.mark.parametrize("name", ["projections", "automation"])
def test_a_record_that_cannot_be_handled_is_named(
    ada: Client, cloud: Cloud, journal: Journal, name: str
) -> None:
    with recorded() as records:
        record_id = lived(ada)
    [broken] = [one for one in records if one["dynamodb"]["Keys"]["pk"]["S"].endswith(record_id)][
        :1
    ]
    broken["dynamodb"]["NewImage"]["version"] = {"S": PERSONAL["note"]}
    function(name)({"Records": [broken]}, None)
    require_silence(journal)
    assert len(cloud.dead_letters()) == 1
    lines = journal.lines("stream record failed")
    assert {line["record"] for line in lines} == {f"{ada.organization_id}/entity/{record_id}"}


def test_an_unforeseen_exception_is_told_without_its_message(
    ada: Client, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise ValueError(PERSONAL["email"])

    monkeypatch.setattr("crm.tenancy.members.service.caller", fail)
    reply = ada.get(f"/api/entities/{ids.new_id()}")
    assert reply.problem == (500, "internal_error")
    require_silence(journal)
    [line] = journal.lines("unforeseen exception")
    assert (line["exception"], line["request_id"]) == ("ValueError", "request-1")


class Strict(BaseModel):
    version: int


@pytest.mark.parametrize("error", ["validation", "plain"])
def test_what_the_runtime_logs_of_a_failure_is_its_name(journal: Journal, error: str) -> None:
    """The runtime writes the message of an exception, and so do dead letters."""

    @logging.guarded
    def fail(_event: Any, _context: Any) -> None:
        if error == "validation":
            Strict.model_validate({"version": PERSONAL["note"]})
        raise KeyError(PERSONAL["note"])

    with pytest.raises(logging.FunctionFailedError) as failed:
        fail({"organization_id": "1", "execution_id": "2", "note": PERSONAL["note"]}, None)
    assert str(failed.value) == {"validation": "ValidationError", "plain": "KeyError"}[error]
    assert failed.value.__suppress_context__
    require_silence(journal)
    [line] = journal.lines("call")
    assert (line["organization_id"], line["execution_id"], line["level"]) == ("1", "2", "ERROR")


@pytest.mark.parametrize("wrapped", [False, True])
def test_of_an_aws_error_the_code_is_told(journal: Journal, wrapped: bool) -> None:
    @logging.guarded
    def fail(_event: Any, _context: Any) -> None:
        told: Any = {"Error": {"Code": "ResourceNotFoundException", "Message": PERSONAL["note"]}}
        error = ClientError(told, "GetItem")
        raise GetError(PERSONAL["note"], error) if wrapped else error

    with pytest.raises(logging.FunctionFailedError):
        fail({}, None)
    [line] = journal.lines("call")
    assert line["code"] == "ResourceNotFoundException"
    require_silence(journal)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_is_guarded_or_an_app(name: str) -> None:
    handler = function(name)
    assert isinstance(handler, App) or hasattr(handler, "__wrapped__")
