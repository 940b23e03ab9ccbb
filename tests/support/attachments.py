"""Attachments, made by requests; and the records that they hang on."""

from typing import Any

from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.transaction import Transaction
from crm.related.activities.schemas import Activity
from crm.sales.deals.schemas import Deal
from tests.support.client import Client, Reply
from tests.support.entities import UNKNOWN
from tests.support.forms import stored
from tests.support.uploads import declared

PATH = "/api/attachments"


def on(record: Any, kind: str = "entity") -> dict[str, str]:
    """A record as the target of attachments."""
    return {"related_to_type": kind, "related_to_id": record["id"]}


def attach(client: Client, target: dict[str, str], **fields: Any) -> Reply:
    """A new attachment; of a new file, unless the fields say of which document."""
    what = {} if "document_id" in fields else {"file": declared()}
    reply = client.post(PATH, {**target, **what, **fields})
    assert reply.status == 201, reply.text
    return reply


def document(client: Client, title: str = "Plan", **options: Any) -> str:
    """The id of a new document that is available."""
    return stored(client, title, **options).rpartition("/")[2]


def attached(client: Client, target: dict[str, str], *document_ids: str) -> list[str]:
    """The ids of new attachments of documents."""
    return [attach(client, target, document_id=one).json["id"] for one in document_ids]


def count_of(client: Client, target: dict[str, str]) -> int:
    """Return the numbers of attachments and of documents of a record, which are equal."""
    attachments = client.get(PATH, query=target).json["count"]
    assert client.get("/api/documents", query=target).json["count"] == attachments
    return int(attachments)


def activity(client: Client, target: dict[str, str] | None = None) -> dict[str, str]:
    """A note, maybe about a record, as the target of attachments."""
    assert client.organization_id
    note = Activity.create(
        client.organization_id,
        client.user_id,
        type="note",
        subject="Note",
        assigned_to=client.user_id,
        **(target or {}),
    )
    write(note)
    return on({"id": note.id}, "activity")


def write(record: Record) -> None:
    transaction = Transaction()
    transaction.save(record, None)
    transaction.commit()


def deal(client: Client, **fields: Any) -> dict[str, str]:
    """A deal as the target of attachments."""
    assert client.organization_id
    made = Deal.create(
        client.organization_id,
        client.user_id,
        **{
            "name": "Deal",
            "currency": "USD",
            "entity_id": UNKNOWN,
            "pipeline_id": UNKNOWN,
            "stage_id": UNKNOWN,
            "status": "open",
            "probability": 10,
            "assigned_to": client.user_id,
            "stay_id": UNKNOWN,
            "stage_entered_on": "2026-11-21T20:45:49.735Z",
            **fields,
        },
    )
    write(made)
    return on({"id": made.id}, "deal")
