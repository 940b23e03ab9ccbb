"""A person is erased: nothing of them is left anywhere, and their neighbour notices nothing.

One of the persons is a contact, one a lead; one has come by an import, and was deleted before.
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from local.process import StackProcess
from tests.support.integration.client import (
    Brook,
    File,
    Json,
    Organization,
    good,
    made,
    new_id,
    refused,
    wait_until,
)
from tests.support.integration.imports import begin, ended, let_catch_up, table
from tests.support.integration.stored import Stored
from tests.support.receiver import Receiver, serving

WORD, OTHER = (f"{name}{uuid.uuid4().hex[:8]}" for name in ("quokka", "numbat"))
SECONDS = 180.0
RULED = ("entity", "lead", "activity", "document")
NAMES = {"entity": "name", "lead": "last_name", "activity": "subject", "document": "title"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with serving(Receiver()) as one:
        yield one


class Persons:
    """Makes persons with a word in every text, as a member of an organization with rules.

    Args:
        organization: where.
        receiver: is called by its rules.
    """

    def __init__(self, organization: Organization, receiver: Receiver) -> None:
        self.admin = organization.founder
        self.member = organization.join(name="Member")
        url = receiver.url()
        made(self.admin.post("/api/webhook-endpoints", {"url": url}))
        for kind in ("entity", "relationship", "lead", "activity"):
            field = {"field_name": "told", "field_label": "Told", "field_type": "text"}
            made(self.admin.post("/api/custom-fields", {"record_type": kind, **field}))
        for kind in RULED:
            for event in ("created", "updated", "deleted"):
                self._rule(kind, event, url)

    def _rule(self, kind: str, event: str, url: str) -> None:
        said = f"{{{{record.{NAMES[kind]}}}}}"
        tell = {"type": "send_notification", "channel": "in_app", "subject": said, "body": said}
        later = {"type": "create_activity", "activity_type": "note", "subject": f"Later {said}"}
        body = {
            "name": f"{kind} {event}",
            "record_type": kind,
            "trigger": {"event": event},
            "actions": [
                {**tell, "to": self.member.id},
                {"type": "call_webhook", "url": url},
                {**later, "delay": {"days": 2}},
            ],
        }
        made(self.admin.post("/api/workflow-rules", body))

    def make(self, path: str, body: Json) -> Json:
        """By a request that could come again."""
        return made(self.member.post(f"/api/{path}", body, idempotency_key=new_id()))

    def contact(self, word: str) -> Json:
        texts = {name: f"{name} {word}" for name in ("name", "legal_name", "note")}
        told = {"custom_fields": {"told": word}}
        one = self.make("entities", {"type": "contact", **texts, **told})
        firm = self.make("entities", {"type": "account", "name": "Firm"})
        under = f"entities/{one['id']}"
        owns = {"to_entity": firm["id"], "relationship_type": f"knows {word}", **told}
        self.make(f"{under}/relationships", owns)
        self.make(f"{under}/identifiers", {"type": "other", "value": f"{word}-1"})
        reached = {"channel": "email", "value": f"{word}@example.com", "label": word}
        self.make(f"{under}/contact-points", reached)
        place = {name: f"{name} {word}" for name in ("line1", "line2", "city", "region")}
        self.make(f"{under}/addresses", {"kind": "billing", "country": "DE", **place})
        self._past("entity", one, word, "note")
        return one

    def lead(self, word: str) -> Json:
        names = ("first_name", "last_name", "organization_name", "source")
        texts = {name: f"{name} {word}" for name in names}
        told = {"custom_fields": {"told": word}}
        one = self.make("leads", {**texts, **told, "email": f"{word}@example.com"})
        self._past("lead", one, word, "source")
        return one

    def _past(self, kind: str, one: Json, word: str, field: str) -> None:
        """Versions, activities, one of them gone, and files."""
        for n in range(3):
            good(self.member.patch(f"/api/{_plural(kind)}/{one['id']}", {field: f"{word} {n}"}))
        kept, gone = (self._activity(kind, one, word) for _ in range(2))
        for about, target in ((kind, one), ("activity", kept), ("activity", gone)):
            self._attach(about, target, word)
        assert self.member.delete(f"/api/activities/{gone['id']}").status_code == 204

    def _activity(self, kind: str, one: Json, word: str) -> Json:
        told = {"custom_fields": {"told": word}, "subject": word, "description": word}
        related = {"related_to_type": kind, "related_to_id": one["id"]}
        return self.make("activities", {"type": "note", **told, **related})

    def _attach(self, kind: str, one: Json, word: str) -> None:
        """A file in two versions."""
        file = File(f"{word}.txt", "text/plain", f"Text of {word}".encode())
        related = {"related_to_type": kind, "related_to_id": one["id"], "description": word}
        attached = self.make("attachments", {**related, "file": file.said()})
        path = f"/api/documents/{attached['document_id']}"
        self._upload(attached, file, path, 1)
        newer = File(f"{word}-2.txt", "text/plain", f"More of {word}".encode())
        self._upload(made(self.member.post(f"{path}/file", newer.said())), newer, path, 2)

    def _upload(self, form: Json, file: File, path: str, number: int) -> None:
        assert self.member.upload(form["upload"], file.content).status_code == 204
        wait_until(
            lambda: good(self.member.get(f"{path}/versions"))["count"], number.__eq__, SECONDS
        )

    def imported(self, word: str) -> Json:
        """A contact that comes by a file, of which another row fails; deleted again."""
        rows = [("type", "name", "note"), ("contact", word, word), ("nothing", word, word)]
        job = ended(self.member, begin(self.member, table(rows), fire_rules=True))
        assert (job["created"], job["failed_rows"]) == (1, 1)
        [one] = wait_until(
            lambda: good(self.member.get("/api/entities", name=word))["results"],
            lambda found: [row["name"] for row in found] == [word],
            SECONDS,
        )
        assert self.member.delete(f"/api/entities/{one['id']}").status_code == 204
        return dict(one)

    def export(self, record_type: str, file_format: str) -> str:
        body = {"record_type": record_type, "format": file_format}
        job = made(self.admin.post("/api/exports", body))
        path = f"/api/exports/{job['id']}"
        wait_until(
            lambda: good(self.admin.get(path)), lambda one: one["status"] == "succeeded", SECONDS
        )
        return path

    def erase(self, kind: str, one: Json) -> Json:
        body = {"record_type": kind, "record_id": one["id"]}
        job = made(self.admin.post("/api/erasures", body))
        return wait_until(
            lambda: good(self.admin.get(f"/api/erasures/{job['id']}")),
            lambda found: found["status"] not in {"pending", "running"},
            SECONDS,
        )


def test_nothing_of_an_erased_person_is_left(stack: StackProcess, receiver: Receiver) -> None:
    stored = Stored(stack)
    with Brook(stack) as brook:
        persons = Persons(brook.found(), receiver)
        neighbour = persons.contact(OTHER)
        contact, lead = persons.contact(WORD), persons.lead(WORD)
        before_that = persons.imported(f"{WORD} gone before")
        exports = [persons.export("entity", "csv"), persons.export("organization", "zip")]
        _let_rules_catch_up(persons)
        detail = good(persons.member.get(f"/api/entities/{neighbour['id']}"))
        before = stored.items_with(OTHER)
        assert stored.items_with(WORD)
        assert _contents_with(stack, WORD)

        jobs = [
            persons.erase(kind, one)
            for kind, one in (("entity", contact), ("lead", lead), ("entity", before_that))
        ]

        assert [job["status"] for job in jobs] == ["succeeded"] * 3
        of_contact, of_lead, of_gone = (job["erased"] for job in jobs)
        assert (of_contact["activities"], of_contact["documents"]) == (2, 3)
        assert (of_lead["activities"], of_lead["documents"]) == (2, 3)
        assert (of_contact["exports"], "records" in of_gone) == (2, False)
        _let_rules_catch_up(persons)
        assert stored.items_with(WORD) == []
        assert _contents_with(stack, WORD) == []
        assert stored.objects_with(f"exports/{persons.admin.organization_id}/") == []
        assert stored.messages_with(WORD) == []
        assert stored.log_lines_with(WORD) == []
        for path in exports:
            refused(persons.admin.get(f"{path}/file"), 409, "file_not_available")
        told = json.dumps([list(persons.member.pages("/api/notifications", limit=100))])
        assert (WORD in told, OTHER in told) == (False, True)

        assert stored.items_with(OTHER) == before
        assert good(persons.member.get(f"/api/entities/{neighbour['id']}")) == detail
        assert len(_contents_with(stack, OTHER)) == 6


def test_a_member_who_is_erased_has_no_account(stack: StackProcess) -> None:
    stored = Stored(stack)
    with Brook(stack) as brook:
        organization = brook.found()
        persons, name = organization.founder, f"Wombat{uuid.uuid4().hex[:8]}"
        member = organization.join(name=name)
        written = made(member.post("/api/leads", {"last_name": "Stays"}))
        job = made(persons.post("/api/erasures", {"record_type": "member", "record_id": member.id}))
        ended_job = wait_until(
            lambda: good(persons.get(f"/api/erasures/{job['id']}")),
            lambda found: found["status"] not in {"pending", "running"},
            SECONDS,
        )
        assert ended_job["erased"]["accounts"] == 1
        for text in (name, member.email):
            assert stored.items_with(text) == []
            assert stored.users_with(text) == []
            assert stored.log_lines_with(text) == []
        lead = good(persons.get(f"/api/leads/{written['id']}"))
        assert lead["created_by"] == member.id
        refused(member.get("/api/leads"), 403, "not_a_member")


def _plural(kind: str) -> str:
    return {"entity": "entities", "lead": "leads"}[kind]


def _let_rules_catch_up(persons: Persons) -> None:
    """Wait until both readers of the stream have come to what was written last."""
    let_catch_up(persons.admin)
    last = made(persons.admin.post("/api/leads", {"last_name": "Last"}))
    about = {"record_type": "lead", "record_id": last["id"]}
    wait_until(
        lambda: good(persons.admin.get("/api/workflow-executions", **about))["results"],
        bool,
        SECONDS,
    )


def _contents_with(stack: StackProcess, text: str) -> list[Any]:
    """The versions of objects whose key or content holds a text."""
    bucket = stack.outputs["Bucket"]
    client = stack.client("s3")
    found = []
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for one in page.get("Versions", []):
            named = {"Bucket": bucket, "Key": one["Key"], "VersionId": one["VersionId"]}
            content = client.get_object(**named)["Body"].read()
            if text.encode() in one["Key"].encode() + content.lower():
                found.append((one["Key"], one["VersionId"]))
    return found
