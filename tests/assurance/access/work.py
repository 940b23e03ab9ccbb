"""A day's work in one organization, in which every operation of the API and every function does
at least once what it is there for.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from local.process import StackProcess
from local.settings import ROOT, STACK_NAME
from tests.support.integration.client import (
    TEXT,
    Brook,
    File,
    Json,
    Organization,
    Person,
    good,
    made,
    wait_until,
)
from tests.support.receiver import Receiver

SUCCESS = range(200, 400)

Operation = tuple[str, str]
"""Method and path, as the OpenAPI document spells them."""


def operations() -> dict[Operation, re.Pattern[str]]:
    """All operations of the API, and what the paths of their requests look like."""
    document = json.loads((ROOT / "functions/api/docs/openapi.json").read_text())
    return {
        (method, path): re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path))
        for path, known in document["paths"].items()
        for method in ("get", "post", "put", "patch", "delete")
        if method in known
    }


@dataclass
class Done:
    """The operations that were answered with success."""

    succeeded: set[Operation] = field(default_factory=set)
    _known: dict[Operation, re.Pattern[str]] = field(default_factory=operations)

    def note(self, answer: httpx.Response) -> None:
        """An event hook of the client."""
        if answer.status_code in SUCCESS:
            method, path = answer.request.method.lower(), answer.request.url.path
            self.succeeded |= {
                one
                for one, pattern in self._known.items()
                if one[0] == method and pattern.fullmatch(path)
            }


class Day:
    """One organization's; `work` does all of it."""

    def __init__(self, brook: Brook, receiver: Receiver) -> None:
        self._stack: StackProcess = brook.stack
        self._organization: Organization = brook.found()
        self._ada: Person = self._organization.founder
        self._receiver = receiver

    def work(self) -> None:
        self._people()
        account = self._entities()
        deal = self._sales(account)
        self._whole("cases", {"name": "Broken"}, {"priority": "high"})
        about = {"related_to_type": "deal", "related_to_id": deal}
        self._whole("activities", {"type": "note", "subject": "Note", **about}, {"subject": "So"})
        self._files(about)
        self._automation(account)
        self._tables()
        self._reading(about)
        self._erasures()

    # ── What is common to records ──

    def _create(self, path: str, body: Json) -> str:
        return str(made(self._ada.post(f"/api/{path}", body))["id"])

    def _change(self, path: str, whole: Json | None, patch: Json) -> None:
        """Read, replace and patch a record."""
        good(self._ada.get(f"/api/{path}"))
        if whole is not None:
            good(self._ada.put(f"/api/{path}", whole))
        good(self._ada.patch(f"/api/{path}", patch))

    def _delete(self, path: str) -> None:
        answer = self._ada.delete(f"/api/{path}")
        assert answer.status_code == 204, answer.text

    def _whole(self, path: str, body: Json, patch: Json) -> None:
        """A record's whole life."""
        one = f"{path}/{self._create(path, body)}"
        good(self._ada.get(f"/api/{path}"))
        self._change(one, body, patch)
        answer = self._ada.get(f"/api/{one}/history")
        assert answer.status_code in {200, 404}, answer.text
        self._delete(one)

    # ── The parts of the day ──

    def _people(self) -> None:
        ada = self._ada
        for path in ("organizations", "me", "members"):
            good(ada.get(f"/api/{path}"))
        self._change(f"organizations/{self._organization.id}", None, {"name": "Brook"})
        ben = self._organization.join(name="Ben")
        self._change(f"members/{ben.id}", None, {"last_name": "Brown"})
        self._whole("teams", {"name": "Sales", "users": [ben.id]}, {"description": "Sell"})
        self._delete(f"members/{ben.id}")
        definition = {"record_type": "deal", "field_label": "Label", "field_type": "text"}
        self._whole("custom-fields", {**definition, "field_name": "a"}, {"help_text": "Help"})

    def _entities(self) -> str:
        account, other = (
            self._create("entities", {"type": "account", "name": name}) for name in ("A", "B")
        )
        mine = f"entities/{account}"
        related = {"to_entity": other, "relationship_type": "partner"}
        for part, body, patch in (
            ("addresses", {"kind": "office", "line1": "1 St", "city": "Kiel", "country": "DE"},
             {"city": "Bonn"}),
            ("contact-points", {"channel": "email", "value": "a@example.com"}, {"label": "Work"}),
            ("identifiers", {"type": "vat", "value": "DE1"}, {"value": "DE2"}),
            ("relationships", related, {"relationship_type": "supplier"}),
        ):  # fmt: skip
            self._whole(f"{mine}/{part}", body, patch)
        good(self._ada.get(f"/api/{mine}/duplicates"))
        good(self._ada.post(f"/api/{mine}/merge", {"from": other}))
        self._whole("entities", {"type": "contact", "name": "C"}, {"name": "D"})
        return account

    def _sales(self, account: str) -> str:
        self._whole("pipelines", {"name": "Other"}, {"description": "Another"})
        pipeline = good(self._ada.get("/api/pipelines"))["results"][0]
        mine = f"pipelines/{pipeline['id']}"
        self._whole(f"{mine}/stages", {"name": "New", "probability": 5}, {"probability": 7})
        body = {"name": "Mill", "entity_id": account}
        self._whole("deals", body, {"amount": "5"})
        deal = self._create("deals", body)
        stage = pipeline["stages"][1]["id"]
        good(self._ada.post(f"/api/deals/{deal}/move", {"stage_id": stage}))
        for path in (f"deals/{deal}/stage-history", f"{mine}/board"):
            good(self._ada.get(f"/api/{path}"))
        self._whole("leads", {"last_name": "Hopper"}, {"first_name": "Grace"})
        lead = self._create("leads", {"last_name": "Hopper", "organization_name": "Navy"})
        good(self._ada.post(f"/api/leads/{lead}/convert", {"create_deal": True}))
        return deal

    def _files(self, about: Json) -> None:
        ada = self._ada
        document = ada.declare("Notes", TEXT)
        mine = f"documents/{document['id']}"
        assert ada.upload(document["upload"], TEXT.content).is_success
        assert ada.settled(document["id"])["upload_status"] == "available"
        again = made(ada.post(f"/api/{mine}/file", TEXT.said()))
        assert ada.upload(again["upload"], TEXT.content).is_success
        wait_until(lambda: good(ada.get(f"/api/{mine}/versions"))["count"], lambda n: n == 2)
        for path in (f"{mine}/file", f"{mine}/versions/1/file"):
            assert ada.download(f"/api/{path}").content == TEXT.content
        body = {"title": "Notes", "status": "active", "shared_with": []}
        self._change(mine, body, {"title": "Other notes"})
        good(ada.get("/api/documents"))
        good(ada.get(f"/api/{mine}/history"))
        self._delete(mine)
        ada.share("In a form")
        attached = made(ada.post("/api/attachments", {**about, "file": TEXT.said()}))
        assert ada.upload(attached["upload"], TEXT.content).is_success
        ada.settled(attached["document_id"])
        good(ada.get("/api/attachments", **about))
        one = f"attachments/{attached['id']}"
        self._change(one, {"description": "Offer"}, {"description": "The offer"})
        self._delete(one)

    def _automation(self, account: str) -> None:
        ada = self._ada
        url = {"url": self._receiver.url()}
        self._whole("webhook-endpoints", {"url": self._receiver.url("/ok?gone")}, url)
        endpoint = self._create("webhook-endpoints", url)
        told = {"type": "send_notification", "channel": "in_app", "subject": "Look", "body": "Here"}
        late = {"type": "create_activity", "activity_type": "note", "subject": "Later"}
        won = self._closed_to_all()
        failing = {"type": "update_field", "field": "stage_id", "value": won}
        rule = {
            "name": "Rule",
            "record_type": "deal",
            "trigger": {"event": "created"},
            "actions": [
                {**told, "to": ada.id},
                {"type": "call_webhook", **url},
                {**late, "delay": {"days": 2}},
            ],
        }
        self._whole("workflow-rules", {**rule, "is_active": False}, {"name": "Gone"})
        first = self._create("workflow-rules", rule)
        broken = {**rule, "name": "Broken", "order": 9, "actions": [failing]}
        second = self._create("workflow-rules", broken)
        deal = self._create("deals", {"name": "Yes", "entity_id": account})
        good(ada.post(f"/api/workflow-rules/{first}/test", {"record_id": deal}))
        done = self._execution(first, lambda row: row["status"] != "running")
        good(ada.get(f"/api/workflow-executions/{done['id']}"))
        good(ada.get("/api/workflow-executions", record_type="deal", record_id=deal))
        self._delivered(endpoint)
        self._notified()
        self._woken(done["id"])
        failed = self._execution(second, lambda row: row["status"] == "failed")
        good(ada.post(f"/api/workflow-executions/{failed['id']}/retry", {}))

    def _closed_to_all(self) -> str:
        """A stage that no deal may get to, so that a rule fails that moves one there."""
        [pipeline, *_] = good(self._ada.get("/api/pipelines"))["results"]
        won = next(stage["id"] for stage in pipeline["stages"] if stage["name"] == "Won")
        stage = f"/api/pipelines/{pipeline['id']}/stages/{won}"
        good(self._ada.patch(stage, {"allowed_from": []}))
        return str(won)

    def _execution(self, rule: str, holds: Callable[[Json], bool]) -> Json:
        path = f"/api/workflow-rules/{rule}/executions"
        [found] = wait_until(
            lambda: good(self._ada.get(path))["results"],
            lambda rows: len(rows) == 1 and holds(rows[0]),
        )
        one: Json = found
        return one

    def _delivered(self, endpoint: str) -> None:
        ada = self._ada
        [delivery] = wait_until(
            lambda: good(ada.get(f"/api/webhook-endpoints/{endpoint}/deliveries"))["results"],
            lambda rows: len(rows) == 1 and rows[0]["status"] == "succeeded",
        )
        path = f"/api/webhook-deliveries/{delivery['id']}"
        good(ada.get(path))
        again = ada.post(f"{path}/redeliver", {})
        assert again.is_success, again.text

    def _notified(self) -> None:
        [one] = good(self._ada.get("/api/notifications"))["results"]
        good(self._ada.get(f"/api/notifications/{one['id']}"))
        good(self._ada.post(f"/api/notifications/{one['id']}/read", {}))

    def _woken(self, execution: str) -> None:
        """The alarm of what was put off goes off, and the clock looks for dates."""
        scheduler = self._stack.client("scheduler")
        group = f"{STACK_NAME}-timers"
        [listed] = scheduler.list_schedules(GroupName=group, NamePrefix=execution)["Schedules"]
        schedule = scheduler.get_schedule(GroupName=group, Name=listed["Name"])
        self._invoke("timers", json.loads(schedule["Target"]["Input"]))
        scheduler.delete_schedule(GroupName=group, Name=listed["Name"])
        self._invoke("due", {})

    def _tables(self) -> None:
        ada = self._ada
        content = b"Last name,Email\nLovelace,ada@example.com\nNobody,no address\n"
        job = self._import(File("leads.csv", "text/csv", content))
        path = f"/api/imports/{job}"
        ended = self._ended(path)
        assert ada.download(ended["error_file"]).status_code == 200
        assert ada.get(f"{path}/errors").status_code == 302
        good(ada.get("/api/imports"))
        waiting = made(ada.post("/api/imports", self._asked(TEXT_TABLE)))["id"]
        good(ada.post(f"/api/imports/{waiting}/cancel", {}))
        export = {"record_type": "lead", "format": "csv"}
        path = f"/api/exports/{self._create('exports', export)}"
        assert self._ended(path)["status"] == "succeeded"
        assert ada.download(f"{path}/file").status_code == 200
        good(ada.get("/api/exports"))
        other = self._create("exports", {"record_type": "organization", "format": "zip"})
        good(ada.post(f"/api/exports/{other}/cancel", {}))

    def _asked(self, file: File) -> Json:
        return {"record_type": "lead", "file": file.said()}

    def _import(self, file: File) -> str:
        job = made(self._ada.post("/api/imports", self._asked(file)))
        assert self._ada.upload(job["upload"], file.content).is_success
        return str(job["id"])

    def _ended(self, path: str) -> Json:
        return wait_until(
            lambda: good(self._ada.get(path)),
            lambda job: job["status"] not in {"pending", "running"},
        )

    def _reading(self, about: Json) -> None:
        good(self._ada.get("/api/timeline", **about))
        for report in ("activity-summary", "forecast", "pipeline-velocity"):
            good(self._ada.get(f"/api/reports/{report}"))
        for path in ("health", "openapi.json", "docs"):
            assert self._ada.get(f"/api/{path}").status_code == 200
        done = self._invoke("recount", {"organization_id": self._organization.id})
        assert done.keys() >= {"done"}

    def _erasures(self) -> None:
        """The last of the day: a lead is forgotten, and then the whole organization."""
        lead = self._create("leads", {"last_name": "Hopper"})
        asked = {"record_type": "lead", "record_id": lead}
        path = f"/api/erasures/{self._create('erasures', asked)}"
        assert self._ended(path)["status"] == "succeeded"
        good(self._ada.get("/api/erasures"))
        self._delete(f"organizations/{self._organization.id}")

    def _invoke(self, name: str, event: Any) -> Any:
        """Call a function as its schedule, or an operator, does."""
        answer = self._stack.client("lambda").invoke(
            FunctionName=f"{STACK_NAME}-{name}", Payload=json.dumps(event)
        )
        assert "FunctionError" not in answer, answer["Payload"].read()
        return json.loads(answer["Payload"].read() or "null")


TEXT_TABLE = File("never.csv", "text/csv", b"Last name\nNever\n")
