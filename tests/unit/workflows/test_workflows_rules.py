"""Valid rules: the form of a body, and checks against its record type."""

from decimal import Decimal
from typing import Any

import pytest

from crm.platform.errors import ValidationFailedError
from crm.platform.validation import validate
from crm.records.custom_fields.definitions import Definitions
from crm.records.custom_fields.schemas import Definition
from crm.workflows.rules import catalogue, checks
from crm.workflows.rules.checks import Checked, Reference
from crm.workflows.rules.schemas import (
    ACTIONS,
    OperatorName,
    Trigger,
    WorkflowRule,
    WorkflowRuleWrite,
)

ID = "01a1ffdb-0000-7000-8000-000000000000"
NOTE = {"type": "create_activity", "activity_type": "note", "subject": "Well done"}
BODY: dict[str, Any] = {
    "name": "Well done",
    "record_type": "deal",
    "trigger": {"event": "updated"},
    "actions": [NOTE],
}
DEFINED = Definitions(
    [
        Definition(field_name="budget", field_type="number"),
        Definition(field_name="due", field_type="date"),
        Definition(field_name="size", field_type="choice", choices=["s", "l"], is_required=True),
        Definition(field_name="colours", field_type="multi_choice", choices=["red", "blue"]),
        Definition(field_name="site", field_type="url"),
        Definition(field_name="vip", field_type="boolean"),
    ]
)


def body(**fields: Any) -> WorkflowRuleWrite:
    return validate(WorkflowRuleWrite, {**BODY, **fields})


def refused(**fields: Any) -> dict[str, str]:
    """Return the schema's errors by field."""
    with pytest.raises(ValidationFailedError) as refusal:
        body(**fields)
    return {error.field: error.message for error in refusal.value.errors}


def faults(record_type: str = "deal", **fields: Any) -> dict[str, str]:
    """Return the record type's errors by field."""
    rule = body(record_type=record_type, **fields)
    written = rule.model_dump(by_alias=True, exclude_unset=True)
    trigger = Trigger.model_validate(rule.trigger.model_dump()).model_dump()
    known = Checked(record_type, catalogue.fields(record_type, DEFINED), DEFINED.require_fit)
    found = checks.errors({**written, "trigger": trigger}, known)
    return {error.field: error.message for error in found}


def test_defaults() -> None:
    assert body().model_dump() == {
        **BODY,
        "description": None,
        "trigger": {
            "event": "updated",
            "criteria": "every_time",
            "fields": [],
            "field": None,
            "offset": None,
        },
        "conditions": None,
        "actions": [
            {**NOTE, "description": None, "due_in_days": None, "assigned_to": None, "delay": None}
        ],
        "is_active": True,
        "order": None,
    }


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ({}, {}),
        ({"all": []}, {"all": []}),
        ({"not": {"any": [{}]}}, {"not": {"any": [{}]}}),
        (
            {"field": "name", "operator": "equals", "value": None},
            {"field": "name", "operator": "equals", "value": None},
        ),
        (
            {"field": "name", "operator": "changed"},
            {"field": "name", "operator": "changed"},
        ),
        (
            {"field": "amount", "operator": "in", "value": [1, Decimal("1.50"), Decimal("2.0")]},
            {"field": "amount", "operator": "in", "value": [1, "1.50", 2]},
        ),
        (
            {"field": "a", "operator": "equals", "value": {"relative_date": "+7d"}},
            {"field": "a", "operator": "equals", "value": {"relative_date": "+7d"}},
        ),
    ],
)
def test_conditions_are_kept_as_they_were_written(sent: Any, written: Any) -> None:
    dumped = body(conditions=sent).model_dump(by_alias=True, exclude_unset=True)
    assert dumped["conditions"] == written


def nested(depth: int) -> Any:
    return {"not": nested(depth - 1)} if depth > 1 else {}


LEAF = {"field": "name", "operator": "equals", "value": "a"}


def test_limits_of_conditions() -> None:
    body(conditions=nested(10))
    assert refused(conditions=nested(11)) == {
        "conditions": "must not be nested deeper than 10 levels"
    }
    body(conditions={"all": [LEAF] * 100})
    body(conditions={"any": [{"all": [LEAF] * 50}, {"all": [{"any": []}] * 50}]})
    for many in ({"all": [LEAF] * 101}, {"any": [{"all": [LEAF] * 51}, {"all": [{}] * 50}]}):
        assert refused(conditions=many) == {"conditions": "must not be more than 100"}


@pytest.mark.parametrize(
    ("conditions", "field"),
    [
        (3, "conditions"),
        ([], "conditions"),
        ({"all": [3]}, "conditions.all.0"),
        ({"all": {}}, "conditions.all"),
        ({"any": [{}, {"not": []}]}, "conditions.any.1.not"),
        ({"all": [], "any": []}, "conditions.any"),
        ({"not": {}, "field": "name"}, "conditions.field"),
        ({"value": 1}, "conditions.field"),
        ({"field": "name"}, "conditions.operator"),
        ({**LEAF, "operator": "matches"}, "conditions.operator"),
        ({**LEAF, "extra": 1}, "conditions.extra"),
        ({"any": [{"all": [LEAF, {**LEAF, "value": {"x": 1}}]}]}, "conditions.any.0.all.1.value"),
        ({**LEAF, "value": {"field": 1}}, "conditions.value"),
        ({**LEAF, "value": {"field": "a", "relative_date": "+1d"}}, "conditions.value"),
        ({**LEAF, "value": [["a"]]}, "conditions.value"),
        ({**LEAF, "value": ["a"] * 101}, "conditions.value"),
        ({**LEAF, "value": "x" * 1001}, "conditions.value"),
        ({**LEAF, "value": 10**38}, "conditions.value"),
        ({**LEAF, "value": Decimal("1e38")}, "conditions.value"),
        ({**LEAF, "value": Decimal("1e-38")}, "conditions.value"),
        ({**LEAF, "value": Decimal("1e400")}, "conditions.value"),
    ],
)
def test_the_form_of_conditions(conditions: Any, field: str) -> None:
    assert field in refused(conditions=conditions)


@pytest.mark.parametrize(
    ("trigger", "field"),
    [
        ({}, "trigger.event"),
        ({"event": "moved"}, "trigger.event"),
        ({"event": "created", "fields": ["name"]}, "trigger.fields"),
        ({"event": "deleted", "fields": ["name"]}, "trigger.fields"),
        ({"event": "date_reached", "field": "a", "fields": ["name"]}, "trigger.fields"),
        ({"event": "updated", "field": "closed_on"}, "trigger.field"),
        ({"event": "created", "offset": {"days": 1}}, "trigger.offset"),
        ({"event": "date_reached"}, "trigger.field"),
        ({"event": "date_reached", "field": "a", "offset": {"weeks": 1}}, "trigger.offset.weeks"),
        ({"event": "date_reached", "field": "a", "offset": {"days": "1"}}, "trigger.offset.days"),
        ({"event": "date_reached", "field": "a", "offset": {"days": 4000}}, "trigger.offset.days"),
        ({"event": "updated", "criteria": "once"}, "trigger.criteria"),
        ({"event": "updated", "when": "now"}, "trigger.when"),
    ],
)
def test_the_form_of_triggers(trigger: Any, field: str) -> None:
    assert [*refused(trigger=trigger)] == [field]


UPDATE = {"type": "update_field", "field": "name", "value": "a"}
NOTIFY = {
    "type": "send_notification",
    "to": "owner",
    "channel": "email",
    "subject": "Hello",
    "body": "You have {{record.name}}",
}


@pytest.mark.parametrize(
    ("action", "field"),
    [
        (3, "actions.1"),
        ({}, "actions.1.type"),
        ({"type": "explode"}, "actions.1.type"),
        ({"type": ["update_field"]}, "actions.1.type"),
        ({"type": "update_field", "field": "name"}, "actions.1.value"),
        ({**UPDATE, "to": "a"}, "actions.1.to"),
        ({**NOTE, "activity_type": "call"}, "actions.1.activity_type"),
        ({**NOTE, "subject": " "}, "actions.1.subject"),
        ({**NOTE, "due_in_days": -1}, "actions.1.due_in_days"),
        ({"type": "assign_owner"}, "actions.1.round_robin"),
        ({"type": "assign_owner", "to": "a", "round_robin": ID}, "actions.1.round_robin"),
        ({"type": "assign_owner", "round_robin": "sales"}, "actions.1.round_robin"),
        ({"type": "share_with", "team_id": "sales"}, "actions.1.team_id"),
        ({**NOTIFY, "channel": "sms"}, "actions.1.channel"),
        ({**NOTIFY, "to": "some body"}, "actions.1.to"),
        ({**NOTIFY, "body": None}, "actions.1.body"),
        ({"type": "call_webhook"}, "actions.1.url"),
        ({**NOTE, "delay": {}}, "actions.1.delay"),
        ({**NOTE, "delay": {"hours": 1, "days": 1}}, "actions.1.delay"),
        ({**NOTE, "delay": {"hours": 0}}, "actions.1.delay.hours"),
        ({**NOTE, "delay": {"days": 1.5}}, "actions.1.delay.days"),
        ({**NOTE, "delay": {"weeks": 1, "days": 1}}, "actions.1.delay.weeks"),
    ],
)
def test_the_form_of_actions(action: Any, field: str) -> None:
    assert [*refused(actions=[NOTE, action])] == [field]


def test_how_many_actions() -> None:
    body(actions=[NOTE] * 20)
    assert [*refused(actions=[NOTE] * 21)] == ["actions"]
    assert [*refused(actions=[])] == ["actions"]


@pytest.mark.parametrize("name", ACTIONS)
def test_each_action_can_wait(name: str) -> None:
    arguments: dict[str, Any] = {
        "create_activity": NOTE,
        "update_field": UPDATE,
        "assign_owner": {"round_robin": ID},
        "share_with": {"team_id": ID},
        "send_notification": NOTIFY,
        "call_webhook": {"url": "https://example.com"},
    }
    action = {**arguments[name], "type": name, "delay": {"minutes": 5}}
    dumped = body(actions=[action]).model_dump(exclude_unset=True)
    assert dumped["actions"] == [action]
    assert faults(actions=[action]) == {}


def leaf(field: str, operator: str, value: Any = None) -> Any:
    condition = {"field": field, "operator": operator}
    return condition if value is None else {**condition, "value": value}


SAMPLES: dict[str, tuple[str, Any]] = {
    "text": ("name", "a"),
    "choice": ("status", "won"),
    "id": ("stage_id", ID),
    "user": ("assigned_to", "ada"),
    "number": ("amount", "10"),
    "boolean": ("custom_fields.vip", True),
    "date": ("expected_close_date", "2026-12-01"),
    "datetime": ("closed_on", "2026-12-01T00:00:00Z"),
    "texts": ("to_addresses", ["a@example.com"]),
    "choices": ("custom_fields.colours", ["red"]),
    "ids": ("shared_with", [ID]),
}
ORDERED, LISTS = {"number", "date", "datetime"}, {"texts", "choices", "ids"}
GOES_WITH = {
    "contains": {"text", *LISTS},
    "not_contains": {"text", *LISTS},
    "starts_with": {"text"},
    "ends_with": {"text"},
    "greater_than": ORDERED,
    "greater_or_equal": ORDERED,
    "less_than": ORDERED,
    "less_or_equal": ORDERED,
    "in": SAMPLES.keys() - LISTS,
    "not_in": SAMPLES.keys() - LISTS,
}


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("operator", OperatorName.__args__)  # type: ignore[attr-defined]
def test_operators_and_types(operator: str, kind: str) -> None:
    field, value = SAMPLES[kind]
    if operator in {"is_empty", "is_not_empty", "changed", "not_changed"}:
        value = None
    elif operator in {"in", "not_in"} and kind not in LISTS:
        value = [value]
    elif "contains" in operator and kind in LISTS:
        [value] = value
    record_type = "activity" if kind == "texts" else "deal"
    found = faults(record_type, conditions={"all": [{}, leaf(field, operator, value)]})
    fits = kind in GOES_WITH.get(operator, SAMPLES)
    assert [*found] == ([] if fits else ["conditions.all.1.operator"])


@pytest.mark.parametrize(
    ("condition", "field", "message"),
    [
        (leaf("colour", "equals", "red"), "field", "is not a field of this record type"),
        (leaf("custom_fields.x", "changed"), "field", "is not a field of this record type"),
        (leaf("stay_id", "changed"), "field", "is not a field of this record type"),
        (leaf("name", "equals", 1), "value", "must be a string"),
        (leaf("name", "contains"), "value", "is required"),
        (leaf("name", "contains", " "), "value", "must not be blank"),
        (leaf("name", "contains", ["a"]), "value", "must be a string"),
        (leaf("name", "in", "a"), "value", "must be a list"),
        (leaf("name", "in"), "value", "is required"),
        (leaf("name", "in", ["a", 1]), "value.1", "must be a string"),
        (leaf("name", "changed", "a"), "value", "does not go with this operator"),
        (leaf("status", "equals", "lost?"), "value", "must be one of open, won, lost"),
        (leaf("status", "in", ["won", "gone"]), "value.1", "must be one of open, won, lost"),
        (leaf("stage_id", "changed_to", "won"), "value", "must be a UUID"),
        (leaf("assigned_to", "was", "some body"), "value", "must be a user id"),
        (
            leaf("amount", "greater_than", "much"),
            "value",
            "must be a number, or a decimal string",
        ),
        (leaf("amount", "equals", True), "value", "must be a number, or a decimal string"),
        (leaf("amount", "greater_than"), "value", "is required"),
        (leaf("custom_fields.vip", "equals", "yes"), "value", "must be true or false"),
        (
            leaf("expected_close_date", "less_than", "soon"),
            "value",
            "must be a date, YYYY-MM-DD, or an RFC 3339 date-time with a zone",
        ),
        (
            leaf("expected_close_date", "less_than", {"relative_date": "soon"}),
            "value",
            "must be such as +7d, with h, d, w, m or y",
        ),
        (
            leaf("amount", "less_than", {"relative_date": "+7d"}),
            "value",
            "a time from now goes with dates and times only",
        ),
        (leaf("name", "equals", {"field": "nme"}), "value", "names an unknown field"),
        (leaf("name", "equals", {"field": "amount"}), "value", "is a field of type number"),
        (leaf("amount", "less_than", {"field": "name"}), "value", "is a field of type text"),
        (
            leaf("name", "in", ["a", {"field": "amount"}]),
            "value.1",
            "is a field of type number",
        ),
        (leaf("shared_with", "contains", "sales"), "value", "must be a UUID"),
        (leaf("shared_with", "equals", ID), "value", "must be a list of strings"),
        (leaf("custom_fields.colours", "contains", "green"), "value", "must be one of red, blue"),
        (leaf("custom_fields.size", "equals", "m"), "value", "must be one of s, l"),
    ],
)
def test_conditions_that_can_never_be_meant(condition: Any, field: str, message: str) -> None:
    assert faults(conditions=condition) == {f"conditions.{field}": message}
    deep = {"any": [{}, {"not": {"all": [condition]}}]}
    assert faults(conditions=deep) == {f"conditions.any.1.not.all.0.{field}": message}


@pytest.mark.parametrize(
    "condition",
    [
        leaf("amount", "greater_than", {"field": "custom_fields.budget"}),
        leaf("amount", "equals", {"field": "weighted_amount"}),
        leaf("expected_close_date", "less_than", {"field": "created_on"}),
        leaf("closed_on", "greater_or_equal", "2026-12-01"),
        leaf("closed_on", "less_than", {"relative_date": "-2w"}),
        leaf("created_by", "equals", {"field": "assigned_to"}),
        leaf("name", "equals", {"field": "status"}),
        leaf("name", "starts_with", {"field": "currency"}),
        leaf("expected_close_date", "in", ["2026-12-01", {"relative_date": "0d"}]),
        {"field": "amount", "operator": "equals", "value": None},
        {"field": "status", "operator": "in", "value": ["won", None]},
        leaf("name", "not_equals", ""),
        leaf("amount", "changed_to"),
        leaf("custom_fields.site", "contains", "example"),
    ],
)
def test_conditions_that_make_sense(condition: Any) -> None:
    assert faults(conditions=condition) == {}


@pytest.mark.parametrize(
    ("trigger", "found"),
    [
        ({"event": "updated", "fields": ["name", "custom_fields.size"]}, {}),
        (
            {"event": "updated", "fields": ["name", "x"]},
            {"trigger.fields.1": "is not a field of this record type"},
        ),
        ({"event": "date_reached", "field": "expected_close_date"}, {}),
        ({"event": "date_reached", "field": "custom_fields.due", "offset": {"days": -3}}, {}),
        ({"event": "date_reached", "field": "created_on"}, {}),
        (
            {"event": "date_reached", "field": "name"},
            {"trigger.field": "must hold a date or a time"},
        ),
        (
            {"event": "date_reached", "field": "due"},
            {"trigger.field": "is not a field of this record type"},
        ),
    ],
)
def test_triggers_and_fields(trigger: Any, found: Any) -> None:
    assert faults(trigger=trigger) == found


def setting(field: str, value: Any) -> Any:
    return {"type": "update_field", "field": field, "value": value}


@pytest.mark.parametrize(
    ("record_type", "field", "value"),
    [
        ("deal", "name", "Won: {{record.name}}"),
        ("deal", "amount", "10.50"),
        ("deal", "amount", None),
        ("deal", "stage_id", ID),
        ("deal", "currency", "EUR"),
        ("deal", "expected_close_date", "2026-12-01"),
        ("deal", "expected_close_date", None),
        ("deal", "assigned_to", "ada"),
        ("deal", "shared_with", []),
        ("deal", "custom_fields.budget", 5),
        ("deal", "custom_fields.size", "s"),
        ("deal", "custom_fields.colours", ["blue", "red"]),
        ("deal", "custom_fields.site", "https://example.com/{{record.id}}"),
        ("deal", "custom_fields.vip", None),
        ("entity", "status", "inactive"),
        ("entity", "note", "Text\nof {{record.name}}"),
        ("activity", "is_completed", True),
        ("activity", "status", "completed"),
        ("activity", "start_time", "2026-12-01T10:00:00Z"),
        ("lead", "status", "recycled"),
        ("lead", "email", "{{record.email}}"),
        ("case", "priority", "urgent"),
        ("document", "title", "Plan"),
    ],
)
def test_what_update_field_may_set(record_type: str, field: str, value: Any) -> None:
    assert faults(record_type, actions=[setting(field, value)]) == {}


@pytest.mark.parametrize(
    ("record_type", "field", "value", "at", "message"),
    [
        ("deal", "colour", 1, "field", "is not a field of this record type"),
        ("deal", "status", "won", "field", "cannot be set"),
        ("deal", "probability", 5, "field", "cannot be set"),
        ("deal", "pipeline_id", ID, "field", "cannot be set"),
        ("deal", "created_by", "ada", "field", "cannot be set"),
        ("deal", "id", ID, "field", "cannot be set"),
        ("activity", "type", "task", "field", "cannot be set"),
        ("document", "size", 1, "field", "cannot be set"),
        ("deal", "name", None, "value", "cannot be cleared"),
        ("deal", "name", 5, "value", "input should be a valid string"),
        ("deal", "name", " ", "value", "string should have at least 1 character"),
        ("deal", "name", "{{record.nme}}", "value", "holds the unknown placeholder record.nme"),
        ("deal", "amount", "much", "value", "must be a number, or a decimal string"),
        ("deal", "amount", -1, "value", "must not be negative"),
        ("deal", "amount", 10**15, "value", "must have at most 15 digits before the point"),
        ("deal", "stage_id", "won", "value", "must be a UUID"),
        ("deal", "currency", "XXL", "value", "must be an ISO 4217 currency code"),
        ("deal", "expected_close_date", "soon", "value", "must be a date, YYYY-MM-DD"),
        ("deal", "assigned_to", None, "value", "cannot be cleared"),
        ("deal", "shared_with", "sales", "value", "input should be a valid list"),
        ("deal", "custom_fields.budget", "x", "value", "must be a number, or a decimal string"),
        ("deal", "custom_fields.size", "m", "value", "must be one of the choices"),
        ("deal", "custom_fields.size", None, "value", "cannot be cleared"),
        ("deal", "custom_fields.size", "{{record.name}}", "value", "must be one of the choices"),
        ("deal", "custom_fields.gone", 1, "field", "is not a field of this record type"),
        ("entity", "status", "gone", "value", "must be one of active, inactive"),
        ("entity", "status", ["active"], "value", "must be one of active, inactive"),
        ("entity", "status", {"a": 1}, "value", "must be one of active, inactive"),
        ("activity", "is_completed", "yes", "value", "input should be a valid boolean"),
        (
            "lead",
            "status",
            "converted",
            "value",
            "must be one of assigned, in_process, recycled, closed",
        ),
    ],
)
def test_what_update_field_cannot_set(
    record_type: str, field: str, value: Any, at: str, message: str
) -> None:
    actions = [NOTE, setting(field, value)]
    assert faults(record_type, actions=actions) == {f"actions.1.{at}": message}


@pytest.mark.parametrize(
    ("record_type", "event", "action", "found"),
    [
        ("document", "created", {"type": "assign_owner", "to": "a"}, "actions.0.type"),
        ("activity", "created", {"type": "share_with", "team_id": ID}, "actions.0.type"),
        ("document", "created", {"type": "share_with", "team_id": ID}, None),
        ("deal", "deleted", UPDATE, "actions.0.type"),
        ("deal", "deleted", {"type": "assign_owner", "to": "a"}, "actions.0.type"),
        ("deal", "deleted", {"type": "share_with", "team_id": ID}, "actions.0.type"),
        ("deal", "deleted", NOTIFY, None),
        ("deal", "deleted", NOTE, None),
        ("deal", "created", {**NOTE, "subject": "{{record.x}}"}, "actions.0.subject"),
        ("deal", "created", {**NOTE, "description": "{{x}}"}, "actions.0.description"),
        ("deal", "created", {**NOTIFY, "body": "{{deal.name}}"}, "actions.0.body"),
        ("deal", "created", {**NOTIFY, "body": "{{record.custom_fields.size}}"}, None),
    ],
)
def test_actions_and_record_types(
    record_type: str, event: str, action: Any, found: str | None
) -> None:
    assert [*faults(record_type, trigger={"event": event}, actions=[action])] == (
        [found] if found else []
    )


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert [
        *faults(
            trigger={"event": "updated", "fields": ["x"]},
            conditions={"all": [leaf("y", "changed"), leaf("name", "equals", 1)]},
            actions=[setting("z", 1), setting("id", 1)],
        )
    ] == [
        "trigger.fields.0",
        "conditions.all.0.field",
        "conditions.all.1.value",
        "actions.0.field",
        "actions.1.field",
    ]


def test_a_rule_fits_an_item() -> None:
    assert faults(actions=[{**NOTIFY, "body": "x" * 9_000}] * 6) == {}
    assert faults(actions=[{**NOTIFY, "body": "x" * 9_000}] * 7) == {
        "actions": "must not hold more than 60,000 bytes"
    }
    large = leaf("name", "in", ["é" * 1_000] * 30)
    assert faults(conditions={"any": [large] * 2})["conditions"] == (
        "must not hold more than 60,000 bytes"
    )


def test_what_must_exist() -> None:
    actions = [
        {**NOTE, "assigned_to": "ada"},
        NOTE,
        {"type": "assign_owner", "to": "owner"},
        {"type": "assign_owner", "round_robin": "t1"},
        {"type": "share_with", "team_id": "t2"},
        NOTIFY,
        {**NOTIFY, "to": "creator"},
        {**NOTIFY, "to": "t3"},
        {"type": "call_webhook", "url": "https://example.com"},
        setting("assigned_to", "cleo"),
        setting("shared_with", ["t4", "t5"]),
        setting("name", "x"),
    ]
    assert checks.references(actions) == [
        Reference("actions.0.assigned_to", "user", "ada"),
        Reference("actions.2.to", "user", "owner"),
        Reference("actions.3.round_robin", "team", "t1"),
        Reference("actions.4.team_id", "team", "t2"),
        Reference("actions.7.to", "recipient", "t3"),
        Reference("actions.8.url", "webhook", "https://example.com"),
        Reference("actions.9.value", "user", "cleo"),
        Reference("actions.10.value", "team", "t4"),
        Reference("actions.10.value", "team", "t5"),
    ]


def rule(**fields: Any) -> WorkflowRule:
    written = {"trigger": {"event": "created"}, "actions": [], "is_active": True, "order": 3}
    return WorkflowRule.create(
        "organization", "ada", id=ID, name="A", record_type="deal", **{**written, **fields}
    )


def test_the_lists_of_a_rule() -> None:
    assert rule(is_active=False).index_entries() == {
        "all": ID,
        "type#deal": ID,
        "state#inactive": ID,
    }
    active = rule().index_entries()
    assert active.keys() == {"all", "type#deal", "state#active", "active#deal"}
    assert active["active#deal"].endswith(f"#{ID}")
    first, last = (
        rule(order=0).index_entries()["active#deal"],
        rule(order=1_000_000).index_entries()["active#deal"],
    )
    # Lists run downwards.
    assert last < active["active#deal"] < first
