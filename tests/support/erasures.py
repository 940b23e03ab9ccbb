"""Persons who are all over the tables and the bucket, and their erasure."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from crm.administration.erasure import person
from crm.platform import config
from crm.workflows.engine import schedules
from tests.support import imports, tables
from tests.support.client import Client, Reply, function
from tests.support.cloud import BUCKET, Cloud, client
from tests.support.entities import entity, path_of
from tests.support.related import about
from tests.support.rules import ROUNDS, automate, rule
from tests.support.stream import StreamRecord, project, recorded
from tests.support.uploads import deliver, put
from tests.support.webhooks import URL, register

ERASURES = "/api/erasures"

TOLD = {
    "type": "send_notification",
    "channel": "in_app",
    "to": "owner",
    "subject": "{{record.name}}",
    "body": "{{record.note}}",
}
LATER = {
    "type": "create_activity",
    "activity_type": "task",
    "subject": "Later {{record.name}}",
    "delay": {"days": 3},
}
CALLED = {"type": "call_webhook", "url": URL}


def prepare(patch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    """Let the function that runs rules find its queue, and the one that erases wait for nothing."""
    patch.setenv("DELIVERIES_QUEUE_URL", cloud.dead_letters_url)
    patch.setattr(schedules, "set_off", lambda *_: None)
    patch.setattr(schedules, "call_off", lambda *_: None)
    patch.setattr(person, "PAUSE_SECONDS", 0)


def follow(records: list[StreamRecord]) -> None:
    """Let everybody who reads the stream know, and of what they write too."""
    for _ in range(ROUNDS):
        if not records:
            return
        with recorded() as following:
            project(records)
            automate(records)
        records = following
    raise AssertionError("it does not stop")


@contextmanager
def followed() -> Iterator[None]:
    """Have what is written inside told by the stream."""
    with recorded() as told:
        yield
    follow(told)


def everywhere(word: str) -> list[Any]:
    """Return the keys of items and the versions of files that contain a word, in any case."""
    sought = word.lower()
    names = (config.records_table(), config.bookkeeping_table())
    found: list[Any] = [
        key
        for name in names
        for key, item in tables.items(name).items()
        if sought in str(item).lower()
    ]
    kept = client("s3").list_object_versions(Bucket=BUCKET)
    for one in kept.get("Versions", []):
        content = (
            client("s3")
            .get_object(Bucket=BUCKET, Key=one["Key"], VersionId=one["VersionId"])["Body"]
            .read()
        )
        if sought.encode() in one["Key"].lower().encode() + content.lower():
            found.append((one["Key"], one["VersionId"]))
    return found


def set_rules(admin: Client, kind: str) -> None:
    """Rules that write down, in every way that there is, what happens to records of a kind."""
    register(admin)
    name, text = ("name", "note") if kind == "entity" else ("last_name", "source")
    told = {**TOLD, "subject": f"{{{{record.{name}}}}}", "body": f"{{{{record.{text}}}}}"}
    later = {**LATER, "subject": f"Later {{{{record.{name}}}}}"}
    rule(admin, told, CALLED, later, record_type=kind)
    rule(admin, told, CALLED, record_type=kind, trigger={"event": "updated"}, name="updated")
    rule(admin, told, CALLED, record_type=kind, trigger={"event": "deleted"}, name="deleted")
    told = {**TOLD, "subject": "{{record.subject}}", "body": "{{record.description}}"}
    rule(admin, told, record_type="activity")
    told = {**TOLD, "subject": "{{record.title}}", "body": "!"}
    rule(admin, told, record_type="document")


def attached(who: Client, kind: str, one: Any, word: str) -> Any:
    """A file on a record, with a word in its name and its content."""
    content = f"%PDF-1.4 {word}".encode()
    file = {"name": f"{word}.pdf", "content_type": "application/pdf", "size": len(content)}
    body = {"related_to_type": kind, "related_to_id": one["id"], "file": file, "description": word}
    made = who.post("/api/attachments", body)
    assert made.status == 201, made.text
    deliver(put(made, content, "application/pdf"))
    return made.json


def replaced(who: Client, attachment: Any, word: str) -> None:
    """A newer version of a file."""
    content = f"%PDF-1.5 {word}".encode()
    file = {"name": f"{word}.pdf", "content_type": "application/pdf", "size": len(content)}
    newer = who.post(f"/api/documents/{attachment['document_id']}/file", file)
    assert newer.status == 201, newer.text
    deliver(put(newer, content, "application/pdf"))


def contact(who: Client, word: str) -> Any:
    """A contact with a word in all texts, in parts, activities and files, and with a past.

    It has two activities, one of which has gone, and three files, one of them in two versions.
    """
    with followed():
        one = entity(who, word, type="contact", legal_name=word, note=word)
        path = path_of(one)
        for collection, body in (
            ("identifiers", {"type": "vat", "value": word}),
            ("contact-points", {"channel": "email", "value": f"{word}@example.com"}),
            ("addresses", {"kind": "billing", "line1": word, "city": word, "country": "DE"}),
        ):
            reply = who.post(f"{path}/{collection}", body)
            assert reply.status == 201, reply.text
        gone = about(who, "entity", one, note(word))
    with followed():
        assert who.patch(path, {"note": f"{word} 2"}).status == 200
        attached(who, "activity", gone, word)
        file = attached(who, "entity", one, word)
        attached(who, "activity", about(who, "entity", one, note(word)), word)
    with followed():
        assert who.patch(path, {"note": f"{word} 3"}).status == 200
        replaced(who, file, word)
        assert who.delete(f"/api/activities/{gone['id']}").status == 204
    return one


def lead(who: Client, word: str, **fields: str) -> Any:
    """A lead with a word in its texts, an activity and a file, and with a past."""
    whole = {"last_name": word, "email": f"{word}@example.com", "source": word, **fields}
    with followed():
        made = who.post("/api/leads", whole)
        assert made.status == 201, made.text
        attached(who, "lead", made.json, word)
    with followed():
        changed = who.patch(f"/api/leads/{made.json['id']}", {"source": f"{word} 2"})
        assert changed.status == 200, changed.text
        about(who, "lead", made.json, note(word))
    return made.json


def note(word: str) -> dict[str, Any]:
    return {"type": "note", "subject": word, "description": word}


def imported(who: Client, cloud: Cloud, word: str) -> Any:
    """An import of a record with a word, whose second row fails."""
    rows = [["name", "type", "note"], [word, "contact", word], [word, "nothing", word]]
    with followed():
        job = imports.run(who, cloud, imports.table(rows))
    assert imports.counts(job) == ("succeeded", 1, 0, 0, 1)
    return job


def begin(admin: Client, record_type: str, record_id: str) -> Reply:
    """Ask for an erasure."""
    return admin.post(ERASURES, {"record_type": record_type, "record_id": record_id})


def work(cloud: Cloud, admin: Client, erasure_id: str) -> Any:
    """Let an erasure come to its end, the stream following; how it ended."""
    for _ in range(30):
        with followed():
            for event in cloud.erasing_events():
                function("erasure_worker")(event, None)
        job = shown(admin, erasure_id)
        if job["status"] == "succeeded":
            return job
    raise AssertionError(f"it does not end: {job}")


def shown(admin: Client, erasure_id: str) -> Any:
    """An erasure as it stands."""
    found = admin.get(f"{ERASURES}/{erasure_id}")
    assert found.status == 200, found.text
    return found.json


def erase(cloud: Cloud, admin: Client, record_type: str, record_id: str) -> Any:
    """Erase a person; how it ended."""
    with followed():
        made = begin(admin, record_type, record_id)
        assert made.status == 201, made.text
    return work(cloud, admin, made.json["id"])
