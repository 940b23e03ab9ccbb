"""Rules that changes of records set off, each once, whatever happens on the way"""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from crm.platform import clock
from crm.platform.dynamodb.table import Table
from crm.platform.dynamodb.transaction import Transaction
from crm.webhooks import deliveries
from crm.workflows.engine import schedules
from tests.support import answers
from tests.support.cases import case
from tests.support.client import Client, function
from tests.support.cloud import Cloud
from tests.support.crashes import after_each_commit
from tests.support.deals import deal, path_of, sales
from tests.support.entities import entity
from tests.support.leads import lead
from tests.support.rules import PATH, TASK, automate, executions, rule, run_out, setting
from tests.support.stream import recorded
from tests.support.tables import items, restore, snapshot

pytestmark = pytest.mark.thorough


def made(client: Client, name: str = "Big one", **fields: Any) -> Any:
    """A deal, with all that rules make of it."""
    with recorded() as records:
        one = deal(client, name, **fields)
    run_out(records)
    return client.get(path_of(one)).json


def patched(client: Client, one: Any, **fields: Any) -> Any:
    with recorded() as records:
        reply = client.patch(path_of(one), fields)
        assert reply.status == 200, reply.text
    run_out(records)
    return client.get(path_of(one)).json


def noted(call: Any, name: str, calls: list[str]) -> Any:
    """A call that writes down that it was made."""

    def made(*given: Any, **named: Any) -> Any:
        calls.append(name)
        return call(*given, **named)

    return made


def subjects(client: Client) -> list[str]:
    """The subjects of the activities that somebody sees, the oldest first."""
    rows = client.get("/api/activities?limit=100").json["results"]
    return [row["subject"] for row in reversed(rows)]


class TestActions:
    def test_an_activity(self, ada: Client, ben: Client) -> None:
        rule(ada, {**TASK, "description": "{{record.amount}}", "due_in_days": 3})
        one = made(ada, "Mill", assigned_to=ben.user_id, amount="10")
        [task] = ben.get("/api/activities").json["results"]
        assert (task["subject"], task["description"]) == ("Call Mill", "10.00")
        assert (task["related_to_type"], task["related_to_id"]) == ("deal", one["id"])
        assert task["assigned_to"] == ben.user_id
        assert task["due_date"] > one["created_on"][:10]

    def test_a_field(self, ada: Client) -> None:
        rule(ada, setting("expected_close_date", "2027-01-01"), setting("name", "{{record.id}}!"))
        one = made(ada)
        assert (one["expected_close_date"], one["version"]) == ("2027-01-01", 3)
        assert one["name"] == f"{one['id']}!"
        assert one["updated_by"] == ada.user_id

    def test_a_field_that_is_so_already(self, ada: Client) -> None:
        rule(ada, setting("name", "Mill"))
        one = made(ada, "Mill")
        assert one["version"] == 1
        [execution] = executions(ada, "deal", one)
        assert execution["actions"][0]["result"] == {"changed": False}

    def test_a_stage_is_a_move(self, ada: Client) -> None:
        stages = sales(ada)
        rule(ada, setting("stage_id", stages["Won"]))
        one = made(ada)
        assert (one["status"], one["probability"]) == ("won", 100)
        assert subjects(ada) == ["Deal moved: Lead → Won"]

    def test_a_custom_field(self, ada: Client) -> None:
        body = {"record_type": "deal", "field_name": "tier", "field_label": "Tier"}
        assert ada.post("/api/custom-fields", {**body, "field_type": "text"}).status == 201
        rule(ada, setting("custom_fields.tier", "gold"))
        assert made(ada)["custom_fields"] == {"tier": "gold"}

    def test_an_owner(self, ada: Client, ben: Client) -> None:
        rule(ada, {"type": "assign_owner", "to": ben.user_id})
        assert made(ada)["assigned_to"] == ben.user_id

    @pytest.mark.parametrize(
        ("kind", "field", "value"), [("lead", "status", "recycled"), ("case", "priority", "urgent")]
    )
    def test_on_leads_and_cases(
        self, ada: Client, ben: Client, team: str, kind: str, field: str, value: str
    ) -> None:
        actions = (
            setting(field, value),
            {"type": "assign_owner", "to": ben.user_id},
            {"type": "share_with", "team_id": team},
            {"type": "create_activity", "activity_type": "note", "subject": "Seen"},
        )
        rule(ada, *actions, record_type=kind)
        with recorded() as records:
            one = lead(ada) if kind == "lead" else case(ada)
        run_out(records)
        changed = ada.get(f"/api/{kind}s/{one['id']}").json
        assert (changed[field], changed["assigned_to"]) == (value, ben.user_id)
        assert (changed["shared_with"], changed["version"]) == ([team], 4)
        query = {"related_to_type": kind, "related_to_id": one["id"]}
        assert len(ben.get("/api/activities", query=query).ids) == 1
        [execution] = executions(ada, kind, one)
        assert execution["status"] == "succeeded"

    def test_owners_in_turn(self, ada: Client, ben: Client, cleo: Client) -> None:
        users = [ada.user_id, ben.user_id, cleo.user_id]
        team = ada.post("/api/teams", {"name": "All", "users": users}).json["id"]
        rule(ada, {"type": "assign_owner", "round_robin": team})
        owners = [made(ada)["assigned_to"] for _ in range(6)]
        assert owners == sorted(users) * 2
        ada.patch(f"/api/members/{ben.user_id}", {"is_active": False})
        assert ben.user_id not in [made(ada)["assigned_to"] for _ in range(3)]

    def test_a_team(self, ada: Client, cleo: Client, team: str) -> None:
        rule(ada, {"type": "share_with", "team_id": team})
        one = made(ada)
        assert one["shared_with"] == [team]
        assert cleo.get(path_of(one)).status == 200
        assert made(ada, shared_with=[team])["version"] == 1

    @pytest.mark.parametrize("to", ["owner", "creator", "user", "team"])
    def test_a_notification(
        self, ada: Client, ben: Client, cleo: Client, team: str, to: str
    ) -> None:
        told = {"owner": ben, "creator": ada, "user": cleo, "team": cleo}[to]
        named = {"user": cleo.user_id, "team": team}.get(to, to)
        action = {"type": "send_notification", "channel": "in_app", "to": named}
        rule(ada, {**action, "subject": "New: {{record.name}}", "body": "Look at it."})
        one = made(ada, "Mill", assigned_to=ben.user_id)
        for person in (ada, ben, cleo):
            rows = person.get("/api/notifications?unread=true").json["results"]
            assert [row["subject"] for row in rows] == (["New: Mill"] if person is told else [])
            for row in rows:
                assert row["record"] == {"type": "deal", "id": one["id"]}

    def test_an_email_without_a_sender(self, ada: Client) -> None:
        action = {"type": "send_notification", "channel": "email", "to": "owner"}
        rule(ada, {**action, "subject": "New", "body": "Look."})
        [execution] = executions(ada, "deal", made(ada))
        assert (execution["status"], execution["actions"][0]["status"]) == ("failed", "failed")

    def test_webhooks_are_told_once_for_all(
        self, ada: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        urls = [f"https://example.com/{n}" for n in range(2)]
        for url in urls:
            assert ada.post("/api/webhook-endpoints", {"url": url, "is_active": True}).status == 201
        sent: list[Any] = []
        monkeypatch.setattr(deliveries, "send_to_queue", sent.append)
        rule(ada, *({"type": "call_webhook", "url": url} for url in urls), TASK)
        one = made(ada, "Mill")
        bodies = [json.loads(delivery.body) for delivery in sent]
        assert [body["data"]["record"]["id"] for body in bodies] == [one["id"]] * 2
        assert [body["type"] for body in bodies] == ["deal.created"] * 2
        monkeypatch.setattr("crm.workflows.engine.plans.LARGEST_PAYLOAD", 10)
        [execution] = executions(ada, "deal", made(ada, "Other"))
        assert (execution["status"], len(sent)) == ("failed", 2)
        assert execution["actions"][0]["error"] == "The record is too large to be sent."


class TestTriggers:
    def test_the_event(self, ada: Client) -> None:
        for event in ("created", "updated", "created_or_updated", "deleted"):
            rule(ada, {**TASK, "subject": event}, trigger={"event": event})
        one = made(ada)
        assert subjects(ada) == ["created", "created_or_updated"]
        patched(ada, one, name="Other")
        assert subjects(ada)[2:] == ["updated", "created_or_updated"]
        with recorded() as records:
            ada.delete(path_of(one))
        run_out(records)
        assert subjects(ada) == ["deleted"], "what hung on it went with it"

    def test_watched_fields(self, ada: Client) -> None:
        rule(ada, trigger={"event": "updated", "fields": ["amount"]})
        one = made(ada, amount="1")
        patched(ada, one, name="Other")
        assert subjects(ada) == []
        patched(ada, one, amount="2")
        assert len(subjects(ada)) == 1

    @pytest.mark.parametrize(("criteria", "count"), [("every_time", 3), ("when_becomes_true", 2)])
    def test_the_criteria(self, ada: Client, criteria: str, count: int) -> None:
        rule(
            ada,
            trigger={"event": "created_or_updated", "criteria": criteria},
            conditions={"field": "amount", "operator": "greater_than", "value": 100},
        )
        one = made(ada, amount="1")
        for amount in ("200", "300", "5", "400"):
            patched(ada, one, amount=amount)
        assert len(subjects(ada)) == count

    def test_other_kinds_of_records(self, ada: Client) -> None:
        rule(ada, setting("note", "New"), record_type="entity")
        rule(ada, setting("description", "New"), record_type="activity")
        with recorded() as records:
            acme = entity(ada)
            task = ada.post("/api/activities", {"type": "task", "subject": "x"}).json
        run_out(records)
        assert ada.get(f"/api/entities/{acme['id']}").json["note"] == "New"
        assert ada.get(f"/api/activities/{task['id']}").json["description"] == "New"

    def test_only_active_rules_of_the_own_organization(self, ada: Client, eve: Client) -> None:
        rule(eve)
        one = rule(ada)
        ada.patch(f"{PATH}/{one['id']}", {"is_active": False})
        assert executions(ada, "deal", made(ada)) == []
        assert subjects(eve) == []

    def test_not_what_was_written_before_the_rule_was_active(
        self, ada: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with recorded() as records:
            one = deal(ada)
        made = rule(ada, is_active=False)
        with monkeypatch.context() as patch:
            later = clock.now() + timedelta(minutes=2)
            patch.setattr(clock, "now", lambda: later)
            ada.patch(f"{PATH}/{made['id']}", {"is_active": True})
        run_out(records)
        assert executions(ada, "deal", one) == []
        with recorded() as records:
            ada.delete(path_of(one))
        ada.patch(f"{PATH}/{made['id']}", {"trigger": {"event": "deleted"}})
        run_out(records)
        assert len(subjects(ada)) == 1, "the time of a deletion is not known"

    def test_rules_are_read_at_once(self, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        never = {"field": "name", "operator": "equals", "value": "Nothing"}
        for _ in range(3):
            rule(ada, conditions=never)
        acme = entity(ada)["id"]
        with recorded() as records:
            deal(ada, entity_id=acme)
            deal(ada, entity_id=acme)
        calls: list[str] = []
        for name in ("query", "batch_get", "get"):
            monkeypatch.setattr(Table, name, noted(getattr(Table, name), name, calls))
        automate(records)
        assert calls == ["query"]

    def test_rules_run_in_their_order(self, ada: Client) -> None:
        for order in (3, 1, 2):
            rule(ada, {**TASK, "subject": f"{order}"}, order=order)
        made(ada)
        assert subjects(ada) == ["1", "2", "3"]


class TestOnce:
    @pytest.fixture
    def rules(self, ada: Client, ben: Client, team: str) -> None:
        told = {"type": "send_notification", "channel": "in_app", "to": "owner"}
        rule(
            ada,
            TASK,
            setting("expected_close_date", "2027-01-01"),
            {"type": "assign_owner", "round_robin": team},
            {**told, "subject": "Yours", "body": "{{record.name}}"},
        )
        rule(ada, setting("name", "Renamed"), {"type": "share_with", "team_id": team})

    def outcome(self, *people: Client) -> Any:
        admin = people[0]
        deals = admin.get("/api/deals").json["results"]
        kept = ("name", "version", "assigned_to", "shared_with", "expected_close_date")
        return (
            [{name: one[name] for name in kept} for one in deals],
            [subjects(person) for person in people],
            [
                [row["subject"] for row in person.get("/api/notifications").json["results"]]
                for person in people
            ],
            [
                (execution["status"], [action["status"] for action in execution["actions"]])
                for one in deals
                for execution in executions(admin, "deal", one)
            ],
        )

    def test_redelivered(self, ada: Client, cleo: Client, rules: None) -> None:
        with recorded() as records:
            deal(ada)
        automate(records)
        before = items()
        for _ in range(3):
            automate(records)
        assert items() == before

    def test_killed_after_any_commit(self, ada: Client, cleo: Client, rules: None) -> None:
        """The boundaries are those that a clean run has."""
        with recorded() as records:
            deal(ada)
        states = []
        with after_each_commit(lambda: states.append(snapshot())):
            automate(records)
        expected = self.outcome(ada, cleo)
        assert expected[0][0]["version"] == 5
        assert [status for status, _ in expected[3]] == ["succeeded", "succeeded"]
        assert len(states) == 6, "six act, and two of them begin"
        for number, state in enumerate(states):
            restore(state)
            automate(records)
            assert self.outcome(ada, cleo) == expected, f"killed after {number + 1} commits"

    def test_two_workers_with_the_same_delivery(
        self, ada: Client, cleo: Client, rules: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with recorded() as records:
            deal(ada)
        start = snapshot()
        automate(records)
        expected = self.outcome(ada, cleo)
        commit = Transaction.commit
        for turn in range(6):
            restore(start)
            calls = 0

            def meanwhile(transaction: Transaction, turn: int = turn) -> None:
                nonlocal calls
                calls += 1
                if calls == turn + 1:
                    with monkeypatch.context() as inner:
                        inner.setattr(Transaction, "commit", commit)
                        automate(records)
                commit(transaction)

            with monkeypatch.context() as patch:
                patch.setattr(Transaction, "commit", meanwhile)
                automate(records)
            assert self.outcome(ada, cleo) == expected, f"before commit {turn + 1}"

    def test_many_at_the_same_time(self, ada: Client, ben: Client, cleo: Client) -> None:
        """Records of a batch are given away in turn, each turn to one of them."""
        users = [ada.user_id, ben.user_id, cleo.user_id]
        team = ada.post("/api/teams", {"name": "All", "users": users}).json["id"]
        rule(ada, {"type": "assign_owner", "round_robin": team}, TASK)
        acme = entity(ada)["id"]
        with recorded() as records:
            for number in range(9):
                deal(ada, f"{number}", entity_id=acme)
        automate(records)
        automate(records)
        owners = Counter(one["assigned_to"] for one in ada.get("/api/deals").json["results"])
        assert owners == dict.fromkeys(users, 3)
        assert sorted(subjects(ada)) == [f"Call {number}" for number in range(9)]

    def test_a_rule_that_changes_in_between_does_not_run_again(
        self, ada: Client, cleo: Client
    ) -> None:
        one = rule(ada)
        with recorded() as records:
            deal(ada)
        automate(records)
        ada.patch(f"{PATH}/{one['id']}", {"actions": [TASK, TASK]})
        automate(records)
        assert len(subjects(ada)) == 1


class TestCascades:
    @pytest.mark.parametrize("length", [1, 2, 3, 5])
    def test_a_cycle_stops_by_itself(self, ada: Client, length: int) -> None:
        """Each rule answers to the value that the one before it sets."""
        for n in range(length):
            rule(
                ada,
                setting("name", f"{(n + 1) % length}"),
                trigger={"event": "created_or_updated"},
                conditions={"field": "name", "operator": "equals", "value": f"{n}"},
            )
        one = made(ada, "0")
        found = executions(ada, "deal", one)
        assert [each["status"] for each in found].count("stopped") <= 1
        assert len(found) <= length + 1
        assert one["name"] == "0"
        if length > 1:
            assert (found[-1]["status"], found[-1]["reason"]) == ("stopped", "loop")
        assert [each["depth"] for each in found] == list(range(1, len(found) + 1))
        causes = [None, *(each["id"] for each in found[:-1])]
        assert [each["caused_by"] for each in found] == causes

    def test_no_deeper_than_five(self, ada: Client) -> None:
        for n in range(7):
            rule(
                ada,
                setting("name", f"{n + 1}"),
                trigger={"event": "created_or_updated"},
                conditions={"field": "name", "operator": "equals", "value": f"{n}"},
            )
        one = made(ada, "0")
        assert one["name"] == "5"
        found = executions(ada, "deal", one)
        assert [each["status"] for each in found] == ["succeeded"] * 5 + ["stopped"]
        assert (found[-1]["reason"], found[-1]["depth"]) == ("depth", 6)

    def test_through_records_that_rules_make(self, ada: Client) -> None:
        rule(ada, {**TASK, "subject": "Call"}, record_type="activity")
        with recorded() as records:
            first = ada.post("/api/activities", {"type": "note", "subject": "x"}).json
        run_out(records)
        assert len(subjects(ada)) == 2
        rows = ada.get("/api/activities").json["results"]
        [second] = [row for row in rows if row["id"] != first["id"]]
        [stopped] = executions(ada, "activity", second)
        assert (stopped["status"], stopped["reason"]) == ("stopped", "loop")

    def test_what_a_user_does_later_begins_anew(self, ada: Client) -> None:
        rule(
            ada,
            setting("expected_close_date", "2027-01-01"),
            trigger={"event": "created_or_updated", "fields": ["amount"]},
        )
        one = made(ada, amount="1")
        patched(ada, one, expected_close_date=None)
        after = patched(ada, one, amount="2")
        assert after["expected_close_date"] == "2027-01-01"
        assert [each["depth"] for each in executions(ada, "deal", one)] == [1, 1]


class TestFailures:
    def test_a_refusal_ends_the_execution_and_can_be_retried(
        self, ada: Client, ben: Client
    ) -> None:
        stages = sales(ada)
        rule(ada, setting("stage_id", stages["Won"]), TASK)
        rule(ada, {**TASK, "subject": "Another rule"})
        [pipeline] = ada.get("/api/pipelines").json["results"]
        won = f"/api/pipelines/{pipeline['id']}/stages/{stages['Won']}"
        ada.patch(won, {"allowed_from": []})
        one = made(ada)
        assert (one["status"], one["version"]) == ("open", 1)
        assert subjects(ada) == ["Another rule"]
        failed, fine = executions(ada, "deal", one)
        assert (failed["status"], fine["status"]) == ("failed", "succeeded")
        assert [action["status"] for action in failed["actions"]] == ["failed", "pending"]
        assert failed["actions"][0]["error"]
        retry = f"/api/workflow-executions/{failed['id']}/retry"
        assert ben.post(retry).problem == (403, "permission_denied")
        again = ada.post(retry)
        assert (again.status, again.json["status"]) == (200, "failed")
        assert again.json["actions"][0]["attempts"] == 2
        ada.patch(won, {"allowed_from": None})
        done = ada.post(retry).json
        assert [action["status"] for action in done["actions"]] == ["succeeded", "succeeded"]
        assert done["status"] == "succeeded"
        assert ada.get(path_of(one)).json["status"] == "won"
        refused = ada.post(retry)
        assert refused.problem == (409, "conflict")
        answers.check("POST", retry, 409, "application/problem+json", refused.json)

    def test_what_cannot_be_handled_is_parked_alone(
        self, ada: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rule(ada)
        with recorded() as records:
            poisoned = deal(ada, "Poison")
            deal(ada, "Fine")
        monkeypatch.setattr(
            "crm.workflows.engine.plans.plan",
            _exploding(__import__("crm.workflows.engine.plans", fromlist=["plan"]).plan),
        )
        automate(records)
        assert subjects(ada) == ["Call Fine"]
        [letter] = cloud.dead_letters()
        assert poisoned["id"] in letter

    def test_a_write_does_not_know_of_rules(self, ada: Client) -> None:
        rule(ada, setting("name", "x" * 200))
        assert "cause" not in deal(ada)
        assert "cause" not in made(ada)


def _exploding(plan: Any) -> Any:
    def planned(actions: Any, values: Any, now: Any) -> Any:
        if values["name"] == "Poison":
            raise RuntimeError
        return plan(actions, values, now)

    return planned


class TestDelays:
    @pytest.fixture
    def clocks(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int, Any]]:
        """The alarm clocks that were set."""
        found: list[tuple[str, str, int, Any]] = []
        monkeypatch.setattr(schedules, "set_off", lambda *given: found.append(given))
        return found

    @staticmethod
    def wake(clock: tuple[str, str, int, Any]) -> None:
        organization_id, execution_id, action, _ = clock
        event = {
            "organization_id": organization_id,
            "execution_id": execution_id,
            "action": action,
        }
        with recorded() as records:
            function("delayed_actions")(event, None)
        run_out(records)

    def test_it_is_done_when_the_time_has_come_and_once(self, ada: Client, clocks: Any) -> None:
        rule(ada, {**TASK, "delay": {"days": 2}}, setting("name", "At once"))
        one = made(ada)
        [clock] = clocks
        assert one["name"] == "At once"
        [execution] = executions(ada, "deal", one)
        assert execution["status"] == "scheduled"
        assert [action["status"] for action in execution["actions"]] == ["scheduled", "succeeded"]
        assert subjects(ada) == []
        for _ in range(3):
            self.wake(clock)
        assert subjects(ada) == ["Call Big one"]
        [execution] = executions(ada, "deal", one)
        assert execution["status"] == "succeeded"

    @pytest.mark.parametrize("why", ["rule disabled", "rule deleted", "record deleted", "edited"])
    def test_it_is_not_done_any_more(self, ada: Client, clocks: Any, why: str) -> None:
        found = rule(
            ada,
            {**TASK, "delay": {"hours": 1}},
            conditions={"field": "amount", "operator": "greater_than", "value": 5},
        )
        one = made(ada, amount="10")
        path = f"{PATH}/{found['id']}"
        if why == "rule disabled":
            ada.patch(path, {"is_active": False})
        elif why == "rule deleted":
            ada.delete(path)
        elif why == "record deleted":
            ada.delete(path_of(one))
        else:
            patched(ada, one, amount="1")
        [clock] = clocks
        self.wake(clock)
        self.wake(clock)
        assert subjects(ada) == []
        execution = ada.get(f"/api/workflow-executions/{clock[1]}").json
        assert execution["status"] == "cancelled"
        assert execution["actions"][0]["error"]


class TestLog:
    def test_who_looks_at_it(self, ada: Client, ben: Client, eve: Client) -> None:
        found = rule(ada)
        one = made(ada)
        [execution] = executions(ada, "deal", one)
        path = f"/api/workflow-executions/{execution['id']}"
        query = {"record_type": "deal", "record_id": one["id"]}
        assert ada.get(path).json == execution
        assert ben.get(path).problem == (403, "permission_denied")
        assert eve.get(path).problem == (404, "not_found")
        listed = "/api/workflow-executions"
        refused = ben.get(listed, query=query)
        assert refused.problem == (403, "permission_denied")
        answers.check("GET", listed, 403, "application/problem+json", refused.json)
        assert eve.get(listed, query=query).problem == (404, "not_found")
        of_rule = f"{PATH}/{found['id']}/executions"
        assert ada.get(of_rule).json["results"] == [execution]
        assert ben.get(of_rule).problem == (403, "permission_denied")
        assert eve.get(of_rule).status in {403, 404}
        ada.patch(path_of(one), {"assigned_to": ben.user_id})
        assert ben.get(path).status == 200
