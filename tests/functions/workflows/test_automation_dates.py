"""Rules that wait for a date"""

import time
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.platform import clock
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.queries import read_many
from crm.platform.dynamodb.table import RECORDS
from crm.workflows.engine import date_rules, runs
from crm.workflows.engine.date_rules import Window
from crm.workflows.engine.executions import Execution
from tests.support.client import Client
from tests.support.deals import deal, path_of
from tests.support.entities import entity
from tests.support.rules import PATH, TASK, executions, rule
from tests.support.tables import items

pytestmark = pytest.mark.thorough

TODAY = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the clock, and looks after dates."""

    def look(moment: datetime) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda: moment)
            assert date_rules.look_after(time.monotonic() + 60)

    return look


def waiting(client: Client, field: str, **fields: Any) -> Any:
    """A rule that has waited for a date since long ago."""
    trigger = {"event": "date_reached", "field": field, **fields.pop("trigger", {})}
    made = rule(client, *fields.pop("actions", []), trigger=trigger, **fields)
    since = {"since": "2026-01-01T00:00:00.000Z"}
    RECORDS.put(keys.waiting(str(client.organization_id), made["id"]), since)
    return made


def subjects(client: Client) -> list[str]:
    return sorted(row["subject"] for row in client.get("/api/activities").json["results"])


@pytest.mark.parametrize(
    ("offset", "reached"),
    [
        (None, ["Call Past", "Call Today"]),
        ({"days": -3}, ["Call Past", "Call Soon", "Call Today"]),
        ({"days": 5}, ["Call Past"]),
        ({"hours": -24}, ["Call Past", "Call Soon", "Call Today"]),
    ],
)
def test_what_has_come_due(ada: Client, at: Any, offset: Any, reached: list[str]) -> None:
    waiting(ada, "expected_close_date", trigger={"offset": offset} if offset else {})
    acme = entity(ada)["id"]
    for name, date in (
        ("Past", "2026-11-20"),
        ("Today", "2026-12-01"),
        ("Soon", "2026-12-02"),
        ("Later", "2026-12-20"),
        ("Never", None),
    ):
        deal(ada, name, entity_id=acme, expected_close_date=date)
    at(TODAY)
    assert subjects(ada) == reached
    before = items()
    at(TODAY)
    assert items() == before
    at(TODAY + timedelta(days=30))
    assert len(subjects(ada)) == 4


def test_each_date_is_reached_once_and_a_new_one_again(ada: Client, at: Any) -> None:
    waiting(ada, "expected_close_date")
    one = deal(ada, expected_close_date="2026-11-30")
    at(TODAY)
    ada.patch(path_of(one), {"expected_close_date": "2026-12-05"})
    at(TODAY + timedelta(days=1))
    assert len(executions(ada, "deal", one)) == 1
    at(TODAY + timedelta(days=10))
    found = executions(ada, "deal", one)
    assert [each["event"] for each in found] == ["date_reached"] * 2
    assert [each["status"] for each in found] == ["succeeded"] * 2


def test_only_while_the_conditions_hold(ada: Client, at: Any) -> None:
    waiting(
        ada,
        "expected_close_date",
        conditions={"field": "status", "operator": "equals", "value": "open"},
    )
    one = deal(ada, expected_close_date="2026-11-30")
    ada.patch(path_of(one), {"stage_id": _won(ada)})
    at(TODAY)
    assert executions(ada, "deal", one) == []


def _won(client: Client) -> str:
    [pipeline] = client.get("/api/pipelines").json["results"]
    return next(str(stage["id"]) for stage in pipeline["stages"] if stage["name"] == "Won")


def test_custom_fields_and_times(ada: Client, at: Any) -> None:
    for name, kind in (("renewal", "date"), ("checked", "datetime")):
        field = {"field_name": name, "field_label": name, "field_type": kind}
        ada.post("/api/custom-fields", {"record_type": "entity", **field})
    note = {"type": "create_activity", "activity_type": "note"}
    for name in ("renewal", "checked"):
        action = {**note, "subject": f"{name} of {{{{record.name}}}}"}
        waiting(ada, f"custom_fields.{name}", record_type="entity", actions=[action])
    fields = {"renewal": "2026-12-01", "checked": "2026-12-01T12:00:00.001Z"}
    entity(ada, "Acme", custom_fields=fields)
    at(TODAY)
    assert subjects(ada) == ["renewal of Acme"]
    at(TODAY + timedelta(milliseconds=1))
    assert subjects(ada) == ["checked of Acme", "renewal of Acme"]


def test_when_a_record_was_made(ada: Client, at: Any) -> None:
    waiting(ada, "created_on", trigger={"offset": {"days": 2}})
    one = deal(ada)
    made = datetime.fromisoformat(one["created_on"])
    at(made + timedelta(days=2, milliseconds=-1))
    assert executions(ada, "deal", one) == []
    at(made + timedelta(days=2))
    assert len(executions(ada, "deal", one)) == 1


def test_not_what_was_due_before_the_rule(ada: Client, at: Any) -> None:
    one = deal(ada, expected_close_date="2026-11-01")
    rule(ada, trigger={"event": "date_reached", "field": "expected_close_date"})
    at(clock.now())
    assert executions(ada, "deal", one) == []


@pytest.mark.parametrize("end", ["off", "deleted", "another event"])
def test_a_rule_that_waits_no_longer(ada: Client, at: Any, end: str) -> None:
    made = waiting(ada, "expected_close_date")
    path = f"{PATH}/{made['id']}"
    if end == "off":
        ada.patch(path, {"is_active": False})
    elif end == "deleted":
        ada.delete(path)
    else:
        trigger = {"event": "created", "field": None, "offset": None}
        assert ada.patch(path, {"trigger": trigger}).status == 200
    assert RECORDS.get(keys.waiting(str(ada.organization_id), made["id"])) is None
    one = deal(ada, expected_close_date="2026-11-30")
    at(TODAY)
    assert executions(ada, "deal", one) == []


def test_a_rule_that_is_renamed_goes_on_waiting(ada: Client) -> None:
    made = waiting(ada, "expected_close_date")
    ada.patch(f"{PATH}/{made['id']}", {"name": "Other"})
    found = RECORDS.get(keys.waiting(str(ada.organization_id), made["id"]))
    assert found is not None
    assert found["since"] == "2026-01-01T00:00:00.000Z"


def test_killed_on_the_way_it_begins_again(
    ada: Client, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(ada, "expected_close_date")
    acme = entity(ada)["id"]
    for n in range(3):
        deal(ada, f"{n}", entity_id=acme, expected_close_date="2026-11-30")
    run, begun = runs._run, count(1)

    def dying(*given: Any) -> None:
        if next(begun) == 3:
            raise KeyboardInterrupt
        run(*given)

    with monkeypatch.context() as patch:
        patch.setattr(runs, "_run", dying)
        with pytest.raises(KeyboardInterrupt):
            at(TODAY)
    assert len(subjects(ada)) == 2
    at(TODAY)
    assert subjects(ada) == ["Call 0", "Call 1", "Call 2"]


def test_what_fails_stands_in_the_way_of_nothing_else(
    ada: Client, eve: Client, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One rule cannot be run for one record of one organization, until that is mended."""
    broken: list[tuple[str, str]] = []
    for who in (ada, eve):
        first = waiting(who, "expected_close_date")
        waiting(who, "expected_close_date", actions=[{**TASK, "subject": "Ask {{record.name}}"}])
        acme = entity(who)["id"]
        made = [deal(who, f"{n}", entity_id=acme, expected_close_date="2026-11-30") for n in "012"]
        broken.append((first["id"], made[1]["id"]))
    run = runs._run

    def failing(execution: Execution, *more: Any) -> None:
        if (execution.rule_id, execution.record_id) == broken[0]:
            raise ZeroDivisionError
        run(execution, *more)

    with monkeypatch.context() as patch:
        patch.setattr(runs, "_run", failing)
        for _ in range(2):
            with pytest.raises(date_rules.RulesFailedError):
                at(TODAY)
    assert subjects(eve) == ["Ask 0", "Ask 1", "Ask 2", "Call 0", "Call 1", "Call 2"]
    assert subjects(ada) == ["Ask 0", "Ask 1", "Ask 2", "Call 0", "Call 2"]
    at(TODAY)
    assert subjects(ada) == subjects(eve)


def test_what_cannot_even_be_read_stands_in_the_way_of_nothing_else(
    ada: Client, eve: Client, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in (ada, eve):
        waiting(who, "expected_close_date")
        deal(who, "0", entity_id=entity(who)["id"], expected_close_date="2026-11-30")

    def failing(kind: Any, organization_id: str, record_ids: Any) -> Any:
        if organization_id == ada.organization_id:
            raise ZeroDivisionError
        return read_many(kind, organization_id, record_ids)

    with monkeypatch.context() as patch:
        patch.setattr(date_rules, "read_many", failing)
        with pytest.raises(date_rules.RulesFailedError):
            at(TODAY)
    assert (subjects(ada), subjects(eve)) == ([], ["Call 0"])
    at(TODAY)
    assert (subjects(ada), subjects(eve)) == (["Call 0"], ["Call 0"])


@pytest.mark.parametrize(
    ("field", "status"),
    [("created_on", 201), ("closed_on", 201), ("updated_on", 422), ("name", 422), ("x", 422)],
)
def test_what_can_be_waited_for(ada: Client, field: str, status: int) -> None:
    trigger = {"event": "date_reached", "field": field}
    body = {"name": "R", "record_type": "deal", "trigger": trigger, "actions": [TASK]}
    reply = ada.post(PATH, body)
    assert reply.status == status
    assert status == 201 or reply.fields == ["trigger.field"]


MOMENTS = st.integers(0, 300_000_000_000).map(
    lambda milliseconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)


@given(MOMENTS, MOMENTS, MOMENTS, st.booleans())
def test_a_window_holds_what_is_due_in_it(
    one: datetime, other: datetime, moment: datetime, is_date: bool
) -> None:
    """Days are due at midnight, UTC."""
    after, until = sorted((one, other))
    lowest, highest = Window(after, until).between_times()
    if is_date:
        moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    value = moment.date().isoformat() if is_date else clock.timestamp(moment)
    assert (lowest <= f"{value}#id" <= highest) == (after < moment <= until)
