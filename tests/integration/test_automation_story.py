"""Rules at work on the deployed stack: over HTTP, with its stream, its queue and its functions.

That a rule does nothing is seen once another rule, which comes after it, has acted on the same
version of the same record.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.platform import clock
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.table import RECORDS
from local.process import StackProcess
from local.settings import STACK_NAME
from tests.support.integration.client import (
    Brook,
    Json,
    Organization,
    Person,
    good,
    made,
    wait_until,
)
from tests.support.integration.layer import layer
from tests.support.receiver import Receiver, serving

RULES, DEALS = "/api/workflow-rules", "/api/deals"
LAST = 1_000
MANY = 100

NOTE = {"type": "create_activity", "activity_type": "note", "subject": "{{record.name}}"}
TOLD = {"type": "send_notification", "channel": "in_app", "subject": "Look", "body": "Here."}
MATCHED = {"field": "name", "operator": "equals", "value": "Yes"}


@dataclass(frozen=True)
class Shop:
    """An organization with rules on its deals: its admin, a member, a team, an account."""

    brook: Brook
    organization: Organization
    ada: Person
    bea: Person
    team: str
    account: str
    fences: list[str]

    @staticmethod
    def found(brook: Brook) -> "Shop":
        organization = brook.found("Acme")
        ada, bea = organization.founder, organization.join(name="Bea")
        team = organization.team("Sales", bea)
        account = made(ada.post("/api/entities", {"type": "account", "name": "Northern Mills"}))
        return Shop(brook, organization, ada, bea, team, account["id"], [])

    def rule(self, *actions: Json, event: str = "created", **fields: Any) -> str:
        """The id of a new rule."""
        trigger = {"event": event, **fields.pop("trigger", {})}
        body = {
            "name": "Rule",
            "record_type": "deal",
            "trigger": trigger,
            "actions": actions,
            "order": 0,
        }
        return str(made(self.ada.post(RULES, {**body, **fields}))["id"])

    def fence(self) -> None:
        """Rules that come after all others and always act: what they have seen, all have seen."""
        unseen = {**TOLD, "to": self.bea.id}
        for event in ("created_or_updated", "deleted"):
            self.fences.append(self.rule(unseen, event=event, order=LAST))

    def deal(self, name: str = "Yes", **fields: Any) -> Json:
        return made(self.ada.post(DEALS, {"name": name, "entity_id": self.account, **fields}))

    def patch(self, one: Json, **fields: Any) -> Json:
        return good(self.ada.patch(path_of(one), fields))

    def read(self, one: Json) -> Json:
        return good(self.ada.get(path_of(one)))

    def executions(self, *rules: str) -> list[Json]:
        """Return the executions of rules, newest first."""
        paths = [f"{RULES}/{one}/executions" for one in rules]
        pages = [page for path in paths for page in self.ada.pages(path, limit=100)]
        return [row for page in pages for row in page["results"]]

    def execution(self, rule: str, one: Json) -> Json:
        """Return the execution of a rule for a deal, once it is complete."""
        [found] = wait_until(
            lambda: [row for row in self.executions(rule) if row["record_id"] == one["id"]],
            lambda rows: len(rows) > 0 and rows[0]["finished_on"] is not None,
        )
        return found

    def passed(self, one: Json, version: int | None = None) -> None:
        """Wait until all rules have looked at a version of a deal: the one that was answered."""
        looked_at = (one["id"], version or one["version"])
        wait_until(
            lambda: [
                (row["record_id"], row["record_version"])
                for row in self.executions(*self.fences)
                if row["status"] == "succeeded"
            ],
            lambda rows: looked_at in rows,
        )

    def about(self, one: Json) -> list[str]:
        """The subjects of the activities about a deal."""
        about = {"related_to_type": "deal", "related_to_id": one["id"]}
        return [row["subject"] for row in good(self.ada.get("/api/activities", **about))["results"]]


def path_of(one: Json) -> str:
    return f"{DEALS}/{one['id']}"


@pytest.fixture(scope="module")
def brook(stack: StackProcess) -> Iterator[Brook]:
    with Brook(stack) as made:
        yield made


@pytest.fixture
def shop(brook: Brook) -> Shop:
    return Shop.found(brook)


def test_each_event_sets_off_its_own_rules(shop: Shop) -> None:
    shop.fence()
    rules = {
        event: shop.rule({**TOLD, "to": shop.ada.id}, event=event)
        for event in ("created", "updated", "created_or_updated", "deleted")
    }
    watching = shop.rule(NOTE, event="updated", trigger={"fields": ["amount"]})
    one = shop.deal()
    shop.passed(one)
    renamed = shop.patch(one, name="Other")
    shop.passed(renamed)
    assert shop.executions(watching) == []
    grown = shop.patch(one, amount="5.00")
    shop.passed(grown)
    assert [row["record_version"] for row in shop.executions(watching)] == [3]
    assert shop.ada.delete(path_of(one)).status_code == 204
    shop.passed(one, 4)
    found = {
        event: [(row["event"], row["record_version"]) for row in shop.executions(rule)]
        for event, rule in rules.items()
    }
    assert found == {
        "created": [("created", 1)],
        "updated": [("updated", 3), ("updated", 2)],
        "created_or_updated": [("updated", 3), ("updated", 2), ("created", 1)],
        "deleted": [("deleted", 4)],
    }


def test_each_criterion(shop: Shop) -> None:
    shop.fence()
    versions = {"every_time": [5, 3, 2], "when_becomes_true": [5, 2]}
    rules = {
        criterion: shop.rule(
            {**TOLD, "to": shop.ada.id},
            event="created_or_updated",
            trigger={"criteria": criterion},
            conditions={"field": "amount", "operator": "greater_than", "value": 100},
        )
        for criterion in versions
    }
    one = shop.deal(amount="1")
    for amount in ("200", "300", "5", "400"):
        one = shop.patch(one, amount=amount)
    shop.passed(one)
    for criterion, rule in rules.items():
        assert [row["record_version"] for row in shop.executions(rule)] == versions[criterion]


def test_each_action_acts_where_its_rule_says_and_nowhere_else(shop: Shop) -> None:
    shop.fence()
    actions = [
        {"type": "update_field", "field": "expected_close_date", "value": "2030-01-01"},
        {"type": "assign_owner", "to": shop.bea.id},
        {"type": "share_with", "team_id": shop.team},
        {**NOTE, "subject": "About {{record.name}}"},
        {**TOLD, "to": "creator"},
    ]
    rules = [shop.rule(action, conditions=MATCHED) for action in actions]
    turn = shop.rule({"type": "assign_owner", "round_robin": shop.team}, conditions=MATCHED)

    no = shop.deal("No")
    shop.passed(no)
    assert shop.read(no) == no
    assert shop.about(no) == []
    assert good(shop.ada.get("/api/notifications"))["results"] == []
    assert shop.executions(*rules, turn) == []

    yes = shop.deal("Yes")
    shop.passed(yes)
    now = shop.read(yes)
    assert now["expected_close_date"] == "2030-01-01"
    assert now["assigned_to"] == shop.bea.id
    assert now["shared_with"] == [shop.team]
    assert now["version"] == 1 + 3, "the second rule that gives it to Bea changes nothing"
    assert shop.about(yes) == ["About Yes"]
    [told] = good(shop.ada.get("/api/notifications", unread="true"))["results"]
    assert (told["subject"], told["record"]) == ("Look", {"type": "deal", "id": yes["id"]})
    found = shop.executions(*rules, turn)
    assert [(row["record_id"], row["status"]) for row in found] == [(yes["id"], "succeeded")] * 6


def test_a_webhook_is_called_and_signed(shop: Shop) -> None:
    with serving(Receiver()) as receiver:
        secrets, rules = {}, {}
        for path, conditions in (("/ok?matched", MATCHED), ("/ok?all", None)):
            body = {"url": receiver.url(path)}
            secrets[path] = made(shop.ada.post("/api/webhook-endpoints", body))["secret"]
            action = {"type": "call_webhook", "url": receiver.url(path)}
            rules[path] = shop.rule(action, conditions=conditions)
        no, yes = shop.deal("No"), shop.deal("Yes", amount="5")
        wait_until(lambda: len(receiver.received), lambda count: count >= 3)
        for path, deals in (("/ok?matched", [yes]), ("/ok?all", [no, yes])):
            for one in deals:
                delivered = signed(receiver, path, secrets[path], shop.execution(rules[path], one))
                assert delivered["type"] == "deal.created"
                assert delivered["data"]["record"] == one
                changed = {row["field"]: row["new"] for row in delivered["data"]["changes"]}
                assert changed["name"] == one["name"]
        assert len(receiver.received) == 3
        assert len(shop.executions(rules["/ok?matched"])) == 1


def signed(receiver: Receiver, path: str, secret: str, execution: Json) -> Json:
    """Return the event that an execution has sent, if its signature is valid."""
    [(headers, body)] = [
        ({name.lower(): value for name, value in headers.items()}, body)
        for called, headers, body in receiver.received
        if called == path and execution["id"].encode() in body
    ]
    assert headers["webhook-id"] == execution["actions"][0]["result"]["delivery_id"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    whole: Json = json.loads(body)
    assert whole["data"]["execution_id"] == execution["id"]
    assert whole["data"]["rule_id"] == execution["rule_id"]
    return whole


def test_what_has_failed_is_retried_where_it_failed(shop: Shop) -> None:
    [pipeline] = good(shop.ada.get("/api/pipelines"))["results"]
    won = next(stage["id"] for stage in pipeline["stages"] if stage["name"] == "Won")
    stage = f"/api/pipelines/{pipeline['id']}/stages/{won}"
    good(shop.ada.patch(stage, {"allowed_from": []}))
    moving = {"type": "update_field", "field": "stage_id", "value": won}
    rule = shop.rule({**NOTE, "subject": "Before"}, moving, {**NOTE, "subject": "After"})
    one = shop.deal()
    failed = shop.execution(rule, one)
    assert [action["status"] for action in failed["actions"]] == ["succeeded", "failed", "pending"]
    assert shop.about(one) == ["Before"]
    assert shop.read(one) == one
    good(shop.ada.patch(stage, {"allowed_from": None}))
    done = good(shop.ada.post(f"/api/workflow-executions/{failed['id']}/retry", {}))
    assert done["status"] == "succeeded"
    assert [action["attempts"] for action in done["actions"]] == [1, 2, 1]
    assert good(shop.ada.get(f"/api/workflow-executions/{failed['id']}")) == done
    assert shop.read(one)["status"] == "won"
    assert shop.about(one) == ["After", "Deal moved: Lead → Won", "Before"]


def test_a_rule_that_is_tried_out_does_nothing(shop: Shop) -> None:
    shop.fence()
    one, other = shop.deal("Yes"), shop.deal("No")
    shop.passed(one)
    shop.passed(other)
    rule = shop.rule({**NOTE, "subject": "Call {{record.name}}"}, conditions=MATCHED)
    found = good(shop.ada.post(f"{RULES}/{rule}/test", {"record_id": one["id"]}))
    assert found["matched"] is True
    assert [action["subject"] for action in found["actions"]] == ["Call Yes"]
    found = good(shop.ada.post(f"{RULES}/{rule}/test", {"record_id": other["id"]}))
    assert (found["matched"], found["actions"]) == (False, [])
    assert [(row["field"], row["actual"], row["outcome"]) for row in found["trace"]] == [
        ("name", "No", False)
    ]
    one = shop.patch(one, name="Later")
    shop.passed(one)
    assert shop.executions(rule) == []
    assert shop.about(one) == []
    assert shop.read(one) == one


def test_a_write_is_answered_alike_with_a_hundred_rules_and_with_none(brook: Brook) -> None:
    """Among them are one that matches each write, and one that fails each time."""
    without, among = Shop.found(brook), Shop.found(brook)
    ruled = [
        among.rule(
            NOTE, event="created_or_updated", order=n, conditions=MATCHED | {"value": f"{n}."}
        )
        for n in range(MANY - 2)
    ]
    ruled.append(among.rule(NOTE, event="created_or_updated"))
    nobody = among.organization.team("Nobody")
    ruled.append(among.rule({"type": "assign_owner", "round_robin": nobody}, event="updated"))
    assert len(ruled) == MANY

    def finished() -> None:
        """Nothing is made about a deal that is gone."""
        found = wait_until(
            lambda: among.executions(*ruled[-2:]),
            lambda rows: len(rows) == 5 and all(row["finished_on"] for row in rows),
        )
        assert [row["status"] for row in found] == ["succeeded"] * 3 + ["failed"] * 2

    answers = [writes(without, lambda: None), writes(among, finished)]
    assert answers[0] == answers[1]
    assert [status for status, _ in answers[0]] == [201, 200, 422, 200, 204]


def writes(shop: Shop, before_the_end: Callable[[], None]) -> list[tuple[int, Any]]:
    """Return the responses to the writes of a deal, without ids and times."""
    first = shop.ada.post(DEALS, {"name": "5", "entity_id": shop.account, "amount": "1"})
    path = path_of(first.json())
    patched = shop.ada.patch(path, {"amount": "2"})
    refused = shop.ada.patch(path, {"amount": "x"})
    moved = shop.ada.patch(path, {"name": "7"})
    before_the_end()
    gone = shop.ada.delete(path)
    return [
        (one.status_code, timeless(one.json()) if one.content else None)
        for one in (first, patched, refused, moved, gone)
    ]


def timeless(body: Json) -> Json:
    own = {"assigned_to", "created_by", "updated_by", "id", "instance", "request_id"}
    return {
        name: value
        for name, value in body.items()
        if name not in own and not name.endswith(("_id", "_on"))
    }


def invoke(stack: StackProcess, name: str, event: Any) -> Any:
    """Run a function of the stack, as its schedule does."""
    answer = stack.client("lambda").invoke(
        FunctionName=f"{STACK_NAME}-{name}", Payload=json.dumps(event)
    )
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read() or "null")


def test_a_date_is_reached_once(shop: Shop, stack: StackProcess) -> None:
    field = {"record_type": "deal", "field_name": "renewal", "field_label": "Renewal"}
    made(shop.ada.post("/api/custom-fields", {**field, "field_type": "datetime"}))
    closing, renewal, soon = (
        shop.rule(NOTE | {"subject": name}, event="date_reached", trigger=trigger)
        for name, trigger in {
            "Closing": {"field": "expected_close_date"},
            "Renewal": {"field": "custom_fields.renewal"},
            "Soon": {"field": "custom_fields.renewal", "offset": {"days": -3}},
        }.items()
    )
    now = clock.now()
    # A day is due at its midnight: the rule has been active since yesterday's.
    with layer(stack):
        waiting = keys.waiting(shop.organization.id, closing)
        RECORDS.put(waiting, {"since": clock.timestamp(now - timedelta(days=1))})
    today, tomorrow = (moment.date().isoformat() for moment in (now, now + timedelta(days=1)))
    due = shop.deal(
        expected_close_date=today, custom_fields={"renewal": clock.timestamp(clock.now())}
    )
    later = shop.deal(
        expected_close_date=tomorrow,
        custom_fields={"renewal": clock.timestamp(now + timedelta(days=2))},
    )
    for _ in range(2):
        assert invoke(stack, "due", {}) == {"done": True}
        assert sorted(shop.about(due)) == ["Closing", "Renewal"]
        assert shop.about(later) == []
    for rule in (closing, renewal):
        execution = shop.execution(rule, due)
        assert (execution["event"], execution["status"]) == ("date_reached", "succeeded")
    assert shop.executions(soon) == [], "its moment was before the rule was there"


def test_what_is_put_off_is_done_once_when_its_alarm_goes_off(
    shop: Shop, stack: StackProcess
) -> None:
    rule = shop.rule({**NOTE, "delay": {"days": 2}}, {**NOTE, "subject": "At once"})
    deals = [shop.deal(name) for name in ("Kept", "Gone")]
    alarms = [alarm(shop, stack, rule, one) for one in deals]
    for one, (execution, schedule) in zip(deals, alarms, strict=True):
        states = [action["status"] for action in execution["actions"]]
        assert states == ["scheduled", "succeeded"]
        assert shop.about(one) == ["At once"]
        due_on = datetime.fromisoformat(execution["started_on"]) + timedelta(days=2)
        said = schedule["ScheduleExpression"].removeprefix("at(").removesuffix(")")
        at = datetime.fromisoformat(said).replace(tzinfo=UTC)
        assert abs(at - due_on) <= timedelta(seconds=1)
        assert schedule["ActionAfterCompletion"] == "DELETE"
        assert schedule["Target"]["Arn"].endswith(f":{STACK_NAME}-timers")
    assert shop.ada.delete(path_of(deals[1])).status_code == 204
    for _ in range(2):
        for _, schedule in alarms:
            invoke(stack, "timers", json.loads(schedule["Target"]["Input"]))
        found = {
            row["record_id"]: [action["status"] for action in row["actions"]]
            for row in shop.executions(rule)
        }
        assert found == {
            deals[0]["id"]: ["succeeded", "succeeded"],
            deals[1]["id"]: ["cancelled", "succeeded"],
        }
        assert shop.about(deals[0]) == ["Kept", "At once"]


def alarm(shop: Shop, stack: StackProcess, rule: str, one: Json) -> tuple[Json, Json]:
    """An execution that waits, and the schedule that is to wake it."""
    [execution] = wait_until(
        lambda: [row for row in shop.executions(rule) if row["record_id"] == one["id"]],
        lambda rows: len(rows) == 1 and rows[0]["actions"][1]["status"] == "succeeded",
    )
    scheduler = stack.client("scheduler")
    group = f"{STACK_NAME}-timers"
    [listed] = scheduler.list_schedules(GroupName=group, NamePrefix=execution["id"])["Schedules"]
    return execution, scheduler.get_schedule(GroupName=group, Name=listed["Name"])
