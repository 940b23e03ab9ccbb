"""/api/workflow-rules/{id}/test: what a rule would do, and why"""

from typing import Any

import pytest

from tests.support import deals, entities
from tests.support.client import Client
from tests.support.forms import File, send
from tests.support.tables import snapshot

pytestmark = pytest.mark.thorough

PATH = "/api/workflow-rules"
NOTE = {
    "type": "create_activity",
    "activity_type": "note",
    "subject": "Call {{record.name}}",
    "description": "{{record.amount}} {{record.currency}}\nby {{record.expected_close_date}}",
}
LARGE = {"field": "amount", "operator": "greater_or_equal", "value": 1000}


def rule(client: Client, **fields: Any) -> str:
    """The path where a rule is tried out."""
    body = {
        "name": "Large",
        "record_type": "deal",
        "trigger": {"event": "updated"},
        "conditions": {"all": [LARGE]},
        "actions": [NOTE, {"type": "update_field", "field": "amount", "value": None}],
        **fields,
    }
    reply = client.post(PATH, body)
    assert reply.status == 201, reply.text
    return f"{PATH}/{reply.json['id']}/test"


def tried(client: Client, path: str, **body: Any) -> Any:
    reply = client.post(path, body)
    assert reply.status == 200, reply.text
    return reply.json


def finding(path: str, field: str | None, operator: str, **fields: Any) -> dict[str, Any]:
    return {
        "path": path,
        "field": field,
        "operator": operator,
        "actual": None,
        "previous": None,
        "expected": None,
        "outcome": True,
        "decided": True,
        **fields,
    }


def test_on_a_record(ada: Client) -> None:
    path = rule(ada)
    large, small = (deals.deal(ada, amount=amount) for amount in ("1250.50", "999.99"))
    before = snapshot()
    found = finding(
        "conditions.all.0", "amount", "greater_or_equal", actual="1250.50", expected=1000
    )
    assert tried(ada, path, record_id=large["id"]) == {
        "matched": True,
        "trace": [found],
        "actions": [
            {**NOTE, "subject": "Call Big one", "description": "1250.50 USD\nby "},
            {"type": "update_field", "field": "amount", "value": None},
        ],
    }
    assert tried(ada, path, record_id=small["id"]) == {
        "matched": False,
        "trace": [{**found, "actual": "999.99", "outcome": False}],
        "actions": [],
    }
    assert snapshot() == before


def test_on_images(ada: Client) -> None:
    path = rule(
        ada, trigger={"event": "updated", "fields": ["amount"], "criteria": "when_becomes_true"}
    )
    large = deals.deal(ada, amount="1250.50")
    small = {**large, "amount": "10.00"}
    happened = finding("trigger.event", None, "happened", actual="updated", expected="updated")
    watched = finding("trigger.fields.0", "amount", "changed", actual="1250.50", previous="10.00")
    held = finding(
        "conditions.all.0",
        "amount",
        "greater_or_equal",
        actual="1250.50",
        previous="10.00",
        expected=1000,
    )
    once = finding(
        "trigger.criteria", None, "held before", actual=False, expected="when_becomes_true"
    )
    answer = tried(ada, path, before=small, after=large)
    assert answer["matched"] is True
    assert answer["trace"] == [happened, watched, held, once]
    assert len(answer["actions"]) == 2

    larger = {**large, "amount": "2000"}
    answer = tried(ada, path, before=large, after=larger)
    assert (answer["matched"], answer["actions"]) == (False, [])
    assert answer["trace"][-1] == {**once, "actual": True, "outcome": False}

    answer = tried(ada, path, before=large, after={**large, "name": "Other"})
    assert answer["matched"] is False
    assert answer["trace"] == [
        happened,
        {**watched, "previous": "1250.50", "outcome": False},
    ]
    for images in ({"before": None, "after": large}, {"after": large}, {"before": large}):
        answer = tried(ada, path, **images)
        assert answer["matched"] is False
        assert [one["path"] for one in answer["trace"]] == ["trigger.event"]


@pytest.mark.parametrize(
    ("event", "images", "matched"),
    [
        ("created", {"after": {"amount": 1000}}, True),
        ("created", {"after": {"amount": "999.99"}}, False),
        ("created", {"after": {}}, False),
        ("created", {"before": {}, "after": {"amount": 1000}}, False),
        ("deleted", {"before": {"amount": 1000}}, True),
        ("deleted", {"before": {"amount": 1000}, "after": None}, True),
        ("deleted", {"before": {"amount": 1}}, False),
        ("created_or_updated", {"after": {"amount": 1000.5}}, True),
    ],
)
def test_events(ada: Client, event: str, images: Any, matched: bool) -> None:
    note = {**NOTE, "description": "{{record.amount}}"}
    path = rule(ada, trigger={"event": event}, actions=[note])
    assert tried(ada, path, **images)["matched"] is matched


def test_events_of_a_record(ada: Client) -> None:
    deal = deals.deal(ada, amount="1250.50")
    changed = {"all": [LARGE, {"field": "amount", "operator": "changed"}]}
    for event, conditions, matched in (
        ("created", changed, True),
        ("updated", changed, True),
        ("deleted", changed, False),
        ("deleted", LARGE, True),
    ):
        path = rule(ada, trigger={"event": event}, conditions=conditions, actions=[NOTE])
        assert tried(ada, path, record_id=deal["id"])["matched"] is matched


def test_a_date(ada: Client) -> None:
    path = rule(ada, trigger={"event": "date_reached", "field": "expected_close_date"})
    dated = deals.deal(ada, amount="1250.50", expected_close_date="2026-12-01")
    answer = tried(ada, path, record_id=dated["id"])
    assert answer["matched"] is True
    assert answer["trace"][0] == finding(
        "trigger.field", "expected_close_date", "is_not_empty", actual="2026-12-01"
    )
    undated = deals.deal(ada, amount="1250.50")
    assert tried(ada, path, record_id=undated["id"])["matched"] is False
    assert tried(ada, path, after=dated)["matched"] is True
    assert tried(ada, path, before=dated)["matched"] is False


def test_custom_fields(ada: Client) -> None:
    definition = {
        "record_type": "entity",
        "field_name": "budget",
        "field_label": "Budget",
        "field_type": "number",
    }
    assert ada.post("/api/custom-fields", definition).status == 201
    condition = {"field": "custom_fields.budget", "operator": "equals", "value": 10}
    path = rule(
        ada,
        record_type="entity",
        conditions=condition,
        actions=[{**NOTE, "description": "{{record.custom_fields.budget}}"}],
    )
    one = entities.entity(ada, custom_fields={"budget": "10.0"})
    answer = tried(ada, path, record_id=one["id"])
    assert answer["matched"] is True
    assert answer["actions"][0]["description"] == "10.0"
    assert tried(ada, path, before=one, after=one)["matched"] is True
    other = {**one, "custom_fields": {"budget": 11, "unknown": []}}
    assert tried(ada, path, before=one, after=other)["matched"] is False


def test_documents(ada: Client, ben: Client) -> None:
    path = rule(
        ada,
        record_type="document",
        conditions={"field": "title", "operator": "contains", "value": "PLAN"},
        actions=[{**NOTE, "subject": "{{record.title}}", "description": None}],
    )
    form: list[tuple[str, str | File]] = [
        ("title", "The plan"),
        ("document_file", File("plan.txt", b"a", "text/plain")),
    ]
    document = send(ada, form).json
    answer = tried(ada, path, record_id=document["id"])
    assert (answer["matched"], answer["actions"][0]["subject"]) == (True, "The plan")
    assert tried(ada, path, before=document, after=document)["matched"] is True
    assert ben.post(path, {"record_id": document["id"]}).problem == (403, "permission_denied")


def test_who_may(ada: Client, ben: Client, eve: Client) -> None:
    path = rule(ada)
    hers, his = deals.deal(ada, amount=1), deals.deal(ben, amount=1)
    assert ben.post(path, {"record_id": hers["id"]}).problem == (403, "permission_denied")
    assert ben.post(path, {"record_id": his["id"]}).status == 200
    assert ben.post(path, {"after": hers}).status == 200
    entity = entities.entity(ada)
    elsewhere = entities.entity(eve)
    for unknown in (entity["id"], elsewhere["id"], entities.UNKNOWN):
        assert ada.post(path, {"record_id": unknown}).problem == (404, "not_found")
    for_leads = rule(
        ada, record_type="lead", actions=[{**NOTE, "subject": "a", "description": "b"}]
    )
    assert ada.post(for_leads, {"record_id": hers["id"]}).problem == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["record_id"]),
        ({"before": None, "after": None}, ["record_id"]),
        ({"record_id": "one"}, ["record_id"]),
        ({"record_id": entities.UNKNOWN, "after": {}}, ["record_id"]),
        ({"after": []}, ["after"]),
        ({"before": {}, "after": {"amount": "much"}}, ["after.amount"]),
        ({"before": {"shared_with": "a", "name": 1}}, ["before.name", "before.shared_with"]),
        ({"after": {"custom_fields": []}}, ["after.custom_fields"]),
        ({"now": {}}, ["now"]),
    ],
)
def test_what_is_refused(ada: Client, body: Any, fields: list[str]) -> None:
    reply = ada.post(rule(ada), body)
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == fields
