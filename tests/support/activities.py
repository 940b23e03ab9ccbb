"""Activities of each type, made by requests."""

from typing import Any

from tests.support.client import Client

PATH = "/api/activities"

TASK = {"type": "task", "subject": "Call back"}
EVENT = {
    "type": "event",
    "subject": "Meeting",
    "start_time": "2026-12-01T10:00:00.000Z",
    "end_time": "2026-12-01T11:00:00.000Z",
}
EMAIL = {
    "type": "email",
    "subject": "Offer",
    "from_address": "ada@example.com",
    "to_addresses": ["ben@example.com"],
    "body": "Please see below.",
}
NOTE = {"type": "note", "subject": "Remember"}
CALL = {"type": "call", "subject": "Called", "phone_number": "+44 20 7183 8750"}

BODIES: dict[str, dict[str, Any]] = {
    str(body["type"]): body for body in (TASK, EVENT, EMAIL, NOTE, CALL)
}
"""The least that makes one of each type."""

DEFAULTS: dict[str, dict[str, Any]] = {
    "task": {"priority": "medium", "status": "not_started"},
    "event": {"location": None},
    "email": {"cc_addresses": [], "is_outbound": False},
    "note": {},
    "call": {"duration_seconds": None, "call_outcome": None},
}
"""Default fields of each type."""

COMMON: dict[str, Any] = {
    "description": None,
    "related_to_type": None,
    "related_to_id": None,
    "due_date": None,
    "is_completed": False,
    "completed_on": None,
    "custom_fields": {},
}

FULL: dict[str, dict[str, Any]] = {
    "task": {"priority": "high", "status": "waiting"},
    "event": {
        "start_time": "2026-12-01T10:00:00.500Z",
        "end_time": "2026-12-02T10:00:00.000Z",
        "location": "Berlin",
    },
    "email": {
        "from_address": "x@example.com",
        "to_addresses": ["y@example.com", "z@example.com"],
        "cc_addresses": ["c@example.com"],
        "body": "Other\nwords",
        "is_outbound": True,
    },
    "note": {},
    "call": {"phone_number": "112", "duration_seconds": 90, "call_outcome": "reached"},
}
"""All fields of each type, none at its default."""


def activity(client: Client, kind: str = "task", **fields: Any) -> Any:
    """A new activity."""
    reply = client.post(PATH, {**BODIES[kind], **fields})
    assert reply.status == 201, reply.text
    return reply.json


def about(record: Any, kind: str = "entity") -> dict[str, str]:
    """Return the fields that relate an activity to a record."""
    return {"related_to_type": kind, "related_to_id": record["id"]}


def path_of(one: Any) -> str:
    return f"{PATH}/{one['id']}"
