"""/api/workflow-rules: making, reading, changing and deleting rules"""

from collections.abc import Callable
from typing import Any

import pytest

from crm.platform.dynamodb.lists import ReadBudget, take
from crm.platform.dynamodb.queries import record_ids_of, record_list
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import LimitExceededError, ValidationFailedError
from crm.platform.ids import new_id
from crm.platform.validation import validate
from crm.tenancy.permissions import Caller
from crm.workflows.rules import service
from crm.workflows.rules.schemas import WorkflowRule, WorkflowRuleWrite, active_list
from tests.support.client import Client

pytestmark = pytest.mark.thorough

PATH = "/api/workflow-rules"
UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"
NOTE = {"type": "create_activity", "activity_type": "note", "subject": "Well done"}
BODY: dict[str, Any] = {
    "name": "Well done",
    "record_type": "deal",
    "trigger": {"event": "updated"},
    "actions": [NOTE],
}
TRIGGER: dict[str, Any] = {
    "event": "updated",
    "criteria": "every_time",
    "fields": [],
    "field": None,
    "offset": None,
}
WON = {"field": "status", "operator": "equals", "value": "won"}

Make = Callable[..., Any]


@pytest.fixture
def make(ada: Client) -> Make:
    """Makes a rule, with what differs from `BODY`."""

    def made(**fields: Any) -> Any:
        reply = ada.post(PATH, {**BODY, **fields})
        assert reply.status == 201, reply.text
        return reply.json

    return made


def path_of(rule: Any) -> str:
    return f"{PATH}/{rule['id']}"


def in_order(client: Client, record_type: str) -> list[str]:
    """The active rules of a record type, in the order in which they run."""
    assert client.organization_id
    listed = record_list(
        WorkflowRule, client.organization_id, active_list(record_type), ReadBudget()
    )
    return record_ids_of(take(listed, 100).entries)


def test_making_one(ada: Client, ben: Client, team: str) -> None:
    body = {
        "name": " Well done ",
        "description": "Says so",
        "record_type": "deal",
        "trigger": {
            "event": "created_or_updated",
            "criteria": "when_becomes_true",
            "fields": ["stage_id"],
        },
        "conditions": {"all": [WON, {"not": {"field": "amount", "operator": "is_empty"}}]},
        "actions": [
            {**NOTE, "assigned_to": ben.user_id, "delay": {"days": 2}},
            {"type": "update_field", "field": "amount", "value": None},
            {"type": "share_with", "team_id": team},
        ],
        "is_active": False,
        "order": 7,
    }
    reply = ada.post(PATH, body)
    assert reply.status == 201, reply.text
    rule = reply.json
    assert reply.headers["Location"] == path_of(rule)
    assert reply.headers["ETag"] == '"1"'
    assert rule == {
        **body,
        "name": "Well done",
        "trigger": {**TRIGGER, **body["trigger"]},  # type: ignore[dict-item]
        "id": rule["id"],
        "created_on": rule["created_on"],
        "created_by": ada.user_id,
        "updated_on": rule["created_on"],
        "updated_by": ada.user_id,
        "version": 1,
    }
    read = ben.get(path_of(rule))
    assert (read.status, read.json, read.headers["ETag"]) == (200, rule, '"1"')


def test_defaults(make: Make) -> None:
    rule = make()
    assert {name: rule[name] for name in ("description", "conditions", "is_active", "order")} == {
        "description": None,
        "conditions": None,
        "is_active": True,
        "order": 0,
    }
    assert rule["trigger"] == TRIGGER
    assert rule["actions"] == [NOTE]


def test_conditions_come_back_as_they_were_sent(make: Make, ada: Client) -> None:
    conditions = {
        "any": [
            {},
            {"all": []},
            {"field": "amount", "operator": "in", "value": [1000, "10.50", None, 10**38 - 1]},
            {"field": "amount", "operator": "equals", "value": None},
            {"field": "closed_on", "operator": "less_than", "value": {"relative_date": "-7d"}},
        ]
    }
    rule = make(conditions=conditions)
    assert ada.get(path_of(rule)).json["conditions"] == conditions
    fraction = {"field": "amount", "operator": "greater_than", "value": 0.1}
    kept = make(conditions=fraction)["conditions"]
    assert kept == {**fraction, "value": "0.1"}


def test_a_date_trigger(make: Make, ada: Client) -> None:
    trigger = {"event": "date_reached", "field": "expected_close_date", "offset": {"days": -3}}
    rule = make(trigger=trigger)
    assert ada.get(path_of(rule)).json["trigger"] == {**TRIGGER, **trigger}


def test_rules_for_each_record_type(make: Make) -> None:
    for record_type in ("entity", "deal", "activity", "lead", "case", "document"):
        assert make(record_type=record_type)["record_type"] == record_type


def test_order(make: Make, ada: Client) -> None:
    first, second = make(), make()
    assert (first["order"], second["order"]) == (0, 1)
    early = make(order=0)
    off = make(is_active=False)
    assert off["order"] == 2
    assert make(record_type="case")["order"] == 0
    assert in_order(ada, "deal") == [first["id"], early["id"], second["id"]]
    ada.patch(path_of(first), {"order": 9})
    assert in_order(ada, "deal") == [early["id"], second["id"], first["id"]]
    assert ada.patch(path_of(second), {"order": None}).json["order"] == 10
    ada.patch(path_of(early), {"is_active": False})
    ada.patch(path_of(off), {"is_active": True})
    assert in_order(ada, "deal") == [off["id"], first["id"], second["id"]]
    ada.delete(path_of(first))
    assert in_order(ada, "deal") == [off["id"], second["id"]]
    assert in_order(ada, "entity") == []


def test_lists(make: Make, ada: Client, ben: Client, eve: Client) -> None:
    deal, off, case = make(), make(is_active=False), make(record_type="case")
    assert ben.get(PATH).ids == [case["id"], off["id"], deal["id"]]
    assert ben.get(PATH).json["results"][2] == deal
    assert ben.get(f"{PATH}?record_type=deal").ids == [off["id"], deal["id"]]
    assert ben.get(f"{PATH}?is_active=true").ids == [case["id"], deal["id"]]
    assert ben.get(f"{PATH}?is_active=false&record_type=case").ids == []
    assert ben.get(f"{PATH}?is_active=true&record_type=deal").ids == [deal["id"]]
    assert ben.get(f"{PATH}?record_type=lead").json["count"] == 0
    assert ben.get(f"{PATH}?record_type=relationship").problem == (422, "validation_failed")
    assert ben.get(f"{PATH}?is_active=maybe").problem == (422, "validation_failed")
    assert ben.get(f"{PATH}?active=true").problem == (400, "unknown_parameter")
    assert eve.get(PATH).ids == []
    page = ben.get(f"{PATH}?limit=2")
    assert [*page.ids, *ben.get(page.json["next"]).ids] == [case["id"], off["id"], deal["id"]]


def test_members_read_and_admins_write(make: Make, ben: Client, root: Client, eve: Client) -> None:
    rule = make()
    assert ben.post(PATH, BODY).problem == (403, "permission_denied")
    for reply in (
        ben.put(path_of(rule), BODY),
        ben.patch(path_of(rule), {"name": "Mine"}),
        ben.delete(path_of(rule)),
    ):
        assert reply.problem == (403, "permission_denied")
    assert ben.get(path_of(rule)).json == rule
    assert root.patch(path_of(rule), {"name": "Ours"}).json["version"] == 2
    for reply in (
        eve.get(path_of(rule)),
        eve.put(path_of(rule), BODY),
        eve.patch(path_of(rule), {}),
        eve.delete(path_of(rule)),
        eve.post(f"{path_of(rule)}/test", {"after": {}}),
        ben.get(f"{PATH}/{UNKNOWN}"),
        ben.get(f"{PATH}/one"),
    ):
        assert reply.problem == (404, "not_found")


def test_replacing(make: Make, ada: Client) -> None:
    rule = make(description="Says so", conditions=WON, is_active=False, order=5)
    reply = ada.put(path_of(rule), {**BODY, "name": "Better"})
    assert reply.status == 200, reply.text
    assert reply.headers["ETag"] == '"2"'
    new = reply.json
    assert new == {
        **rule,
        "name": "Better",
        "description": None,
        "conditions": None,
        "is_active": True,
        "order": 0,
        "version": 2,
        "updated_on": new["updated_on"],
    }
    assert ada.get(path_of(rule)).json == new
    for missing in ("name", "record_type", "trigger", "actions"):
        part = {name: value for name, value in BODY.items() if name != missing}
        assert ada.put(path_of(rule), part).fields == [missing]


def test_patching(make: Make, ada: Client) -> None:
    rule = make(conditions={"all": [WON]}, description="Says so")
    path = path_of(rule)
    new = ada.patch(path, {"name": "Better", "description": None}).json
    assert (new["name"], new["description"], new["version"]) == ("Better", None, 2)
    assert new["conditions"] == {"all": [WON]}
    assert ada.patch(path, {"trigger": {"criteria": "when_becomes_true"}}).json["trigger"] == {
        **TRIGGER,
        "criteria": "when_becomes_true",
    }
    other = {"any": [{"field": "name", "operator": "changed"}]}
    assert ada.patch(path, {"conditions": other}).json["conditions"] == other
    assert ada.patch(path, {"conditions": WON}).json["conditions"] == WON
    assert ada.patch(path, {"conditions": {"value": "lost"}}).json["conditions"] == {
        **WON,
        "value": "lost",
    }
    assert ada.patch(path, {"conditions": None}).json["conditions"] is None
    actions = [NOTE, {"type": "update_field", "field": "amount", "value": None}]
    assert ada.patch(path, {"actions": actions}).json["actions"] == actions
    assert ada.patch(path, {"name": "Again"}).json["actions"] == actions
    assert ada.patch(path, {"actions": None}).fields == ["actions"]
    assert ada.patch(path, {"version": 9}).fields == ["version"]
    assert ada.patch(path, {"conditions": 3}).fields == ["conditions"]


def test_if_match(make: Make, ada: Client) -> None:
    path = path_of(make())
    assert ada.patch(path, {"name": "B"}, headers={"if-match": '"1"'}).status == 200
    for reply in (
        ada.patch(path, {"name": "C"}, headers={"if-match": '"1"'}),
        ada.put(path, BODY, headers={"if-match": '"1"'}),
        ada.delete(path, headers={"if-match": '"1"'}),
    ):
        assert reply.problem == (412, "version_conflict")
    assert ada.delete(path, headers={"if-match": '"2"'}).status == 204
    assert ada.delete(path).problem == (404, "not_found")


def test_once(ada: Client) -> None:
    key = {"idempotency-key": "one"}
    first, again = ada.post(PATH, BODY, headers=key), ada.post(PATH, BODY, headers=key)
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert ada.get(PATH).json["count"] == 1


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"name": " "}, ["name"]),
        ({"record_type": "relationship"}, ["record_type"]),
        ({"trigger": {"event": "created", "fields": ["name"]}}, ["trigger.fields"]),
        ({"trigger": {"event": "date_reached", "field": "name"}}, ["trigger.field"]),
        ({"actions": []}, ["actions"]),
        ({"actions": [NOTE] * 21}, ["actions"]),
        ({"actions": [NOTE, {"type": "update_field", "field": "status", "value": "won"}]},
         ["actions.1.field"]),
        ({"actions": [{**NOTE, "subject": "{{record.nme}}"}]}, ["actions.0.subject"]),
        ({"conditions": {"all": [{**WON, "value": "gone"}]}}, ["conditions.all.0.value"]),
        ({"conditions": {"field": "nme", "operator": "changed"}}, ["conditions.field"]),
        ({"conditions": {"field": "name", "operator": "matches", "value": ".*"}},
         ["conditions.operator"]),
        ({"order": -1}, ["order"]),
        ({"is_active": 1}, ["is_active"]),
        ({"id": UNKNOWN}, ["id"]),
        ({"actions": [{"type": "assign_owner", "to": "nobody"}]}, ["actions.0.to"]),
        ({"actions": [{"type": "assign_owner", "round_robin": UNKNOWN}]},
         ["actions.0.round_robin"]),
        ({"actions": [NOTE, {"type": "share_with", "team_id": UNKNOWN}]}, ["actions.1.team_id"]),
        ({"actions": [{**NOTE, "assigned_to": UNKNOWN}]}, ["actions.0.assigned_to"]),
        ({"actions": [{"type": "send_notification", "to": UNKNOWN, "channel": "in_app",
                       "subject": "a", "body": "b"}]}, ["actions.0.to"]),
        ({"actions": [{"type": "update_field", "field": "assigned_to", "value": "nobody"}]},
         ["actions.0.value"]),
        ({"actions": [{"type": "update_field", "field": "shared_with", "value": [UNKNOWN]}]},
         ["actions.0.value"]),
        ({"actions": [{"type": "call_webhook", "url": "https://example.com/hook"}]},
         ["actions.0.url"]),
        ({"actions": [{"type": "call_webhook", "url": "nonsense"}]}, ["actions.0.url"]),
    ],
)  # fmt: skip
def test_what_is_refused(ada: Client, make: Make, fields: dict[str, Any], at: list[str]) -> None:
    made = make()
    for reply in (
        ada.post(PATH, {**BODY, **fields}),
        ada.put(path_of(made), {**BODY, **fields}),
        ada.patch(path_of(made), fields),
    ):
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == at
    assert ada.get(path_of(made)).json == made


def test_custom_fields(ada: Client, make: Make) -> None:
    condition = {"field": "custom_fields.budget", "operator": "greater_than", "value": 5}
    body = {**BODY, "conditions": condition}
    assert ada.post(PATH, body).fields == ["conditions.field"]
    definition = {
        "record_type": "deal",
        "field_name": "budget",
        "field_label": "Budget",
        "field_type": "number",
    }
    defined = ada.post("/api/custom-fields", definition).json
    rule = make(
        conditions=condition,
        actions=[{"type": "update_field", "field": "custom_fields.budget", "value": "5.5"}],
    )
    assert ada.post(PATH, {**body, "record_type": "entity"}).fields == ["conditions.field"]
    assert ada.delete(f"/api/custom-fields/{defined['id']}").status == 204
    # What names a field that has gone can still be renamed and switched off, but not on again.
    assert ada.patch(path_of(rule), {"name": "Old", "is_active": False}).status == 200
    again = ada.patch(path_of(rule), {"is_active": True})
    assert again.fields == ["conditions.field", "actions.0.field"]


def test_people_teams_and_webhooks(ada: Client, ben: Client, team: str, make: Make) -> None:
    url = "https://hooks.example.com/in"
    notify = {"type": "send_notification", "channel": "in_app", "subject": "a", "body": "b"}
    actions = [
        {**notify, "to": team},
        {**notify, "to": ben.user_id},
        {**notify, "to": "owner"},
        {**notify, "to": "creator"},
        {"type": "assign_owner", "to": ben.user_id},
        {"type": "assign_owner", "round_robin": team},
        {"type": "share_with", "team_id": team},
        {"type": "update_field", "field": "assigned_to", "value": ben.user_id},
        {"type": "update_field", "field": "shared_with", "value": [team]},
        {"type": "call_webhook", "url": url},
        {"type": "call_webhook", "url": url},
    ]
    body = {**BODY, "actions": actions}
    assert ada.post(PATH, body).fields == ["actions.9.url"]
    assert ada.post("/api/webhook-endpoints", {"url": url}).status == 201
    rule = make(actions=actions)
    assert rule["actions"] == actions
    ada.patch(f"/api/members/{ben.user_id}", {"is_active": False})
    assert ada.post(PATH, body).fields == ["actions.1.to"]
    assert ada.patch(path_of(rule), {"name": "Still there"}).status == 200


def test_another_organizations_team_is_unknown(eve: Client, team: str) -> None:
    for action in (
        {"type": "share_with", "team_id": team},
        {"type": "assign_owner", "round_robin": team},
    ):
        assert eve.post(PATH, {**BODY, "actions": [action]}).problem == (422, "validation_failed")


def test_many_names_fit_no_transaction(ada: Client) -> None:
    teams = [new_id() for _ in range(60)]
    actions = [
        {"type": "update_field", "field": "shared_with", "value": teams[start : start + 20]}
        for start in (0, 20, 40)
    ]
    reply = ada.post(PATH, {**BODY, "actions": actions})
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == ["actions"]


def test_limit(make: Make, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_MAX_WORKFLOW_RULES_PER_ENTITY", "2")
    first, _ = make(), make(is_active=False)
    assert ada.post(PATH, BODY).problem == (409, "limit_exceeded")
    case = make(record_type="case")
    assert ada.patch(path_of(case), {"record_type": "deal"}).problem == (409, "limit_exceeded")
    assert ada.patch(path_of(first), {"name": "Changed"}).status == 200
    assert ada.delete(path_of(first)).status == 204
    assert ada.patch(path_of(case), {"record_type": "deal"}).status == 200
    assert ada.post(PATH, BODY).problem == (409, "limit_exceeded")
    make(record_type="case")
    make(record_type="case")
    monkeypatch.setenv("CRM_MAX_WORKFLOW_RULES_PER_ENTITY", "3")
    make()
    monkeypatch.setenv("CRM_MAX_WORKFLOW_RULES_PER_ENTITY", "0")
    assert ada.post(PATH, {**BODY, "record_type": "lead"}).problem == (409, "limit_exceeded")


def test_two_at_once_for_the_last_place(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_MAX_WORKFLOW_RULES_PER_ENTITY", "1")
    assert ada.organization_id
    caller = Caller(ada.user_id, ada.organization_id, "admin")
    body = validate(WorkflowRuleWrite, BODY)
    both = [Transaction(), Transaction()]
    for transaction in both:
        service.create(transaction, caller, new_id(), body)
    both[0].commit()
    with pytest.raises(LimitExceededError):
        both[1].commit()
    assert ada.get(PATH).json["count"] == 1


def test_a_team_that_goes_meanwhile(ada: Client, team: str) -> None:
    assert ada.organization_id
    caller = Caller(ada.user_id, ada.organization_id, "admin")
    action = {"type": "share_with", "team_id": team}
    transaction = Transaction()
    service.create(
        transaction, caller, new_id(), validate(WorkflowRuleWrite, {**BODY, "actions": [action]})
    )
    assert ada.delete(f"/api/teams/{team}").status == 204
    with pytest.raises(ValidationFailedError) as refusal:
        transaction.commit()
    assert [error.field for error in refusal.value.errors] == ["actions.0.team_id"]
