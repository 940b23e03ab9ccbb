"""Activities and attachments of records, created by requests."""

from typing import Any

from tests.support.client import Client

FILE = {"name": "offer.pdf", "content_type": "application/pdf", "size": 10}


def about(client: Client, kind: str, one: Any, body: dict[str, Any]) -> Any:
    """A new activity about a record."""
    related = {"related_to_type": kind, "related_to_id": one["id"]}
    reply = client.post("/api/activities", {**body, **related})
    assert reply.status == 201, reply.text
    return reply.json


def attach(client: Client, kind: str, one: Any, **fields: Any) -> Any:
    """A new attachment: a new document, unless `document_id` says which; `file` is None then."""
    related = {"related_to_type": kind, "related_to_id": one["id"]}
    body = {**related, "file": FILE, **fields}
    sent = {name: value for name, value in body.items() if value is not None}
    reply = client.post("/api/attachments", sent)
    assert reply.status == 201, reply.text
    return reply.json
