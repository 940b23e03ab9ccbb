"""Workflow rules, and the stream that sets them off."""

from typing import Any

from tests.support.client import Client, function
from tests.support.stream import StreamRecord, recorded

PATH = "/api/workflow-rules"
TASK = {"type": "create_activity", "activity_type": "task", "subject": "Call {{record.name}}"}
ROUNDS = 12
"""Far more than a cascade can be deep."""


def rule(client: Client, *actions: Any, **fields: Any) -> Any:
    """A new rule: for deals that are made, unless `record_type` and `trigger` say otherwise."""
    body = {
        "name": "Rule",
        "record_type": "deal",
        "trigger": {"event": "created"},
        "actions": list(actions) or [TASK],
        **fields,
    }
    reply = client.post(PATH, body)
    assert reply.status == 201, reply.text
    return reply.json


def setting(field: str, value: Any) -> dict[str, Any]:
    return {"type": "update_field", "field": field, "value": value}


def automate(records: list[StreamRecord]) -> None:
    """Hand stream records to the function that runs rules."""
    function("automation")({"Records": records}, None)


def run_out(records: list[StreamRecord]) -> None:
    """Run rules, and what their effects set off, until nothing happens any more."""
    for _ in range(ROUNDS):
        if not records:
            return
        with recorded() as following:
            automate(records)
        records = following
    raise AssertionError("the rules do not stop")


def executions(client: Client, kind: str, one: Any) -> list[Any]:
    """Return the executions of rules for a record, oldest first."""
    query = {"record_type": kind, "record_id": one["id"], "limit": 100}
    reply = client.get("/api/workflow-executions", query=query)
    assert reply.status == 200, reply.text
    return list(reversed(reply.json["results"]))
