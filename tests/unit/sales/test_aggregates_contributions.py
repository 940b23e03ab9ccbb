"""Contributions of records to aggregates, and permanent facts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from crm.related.activities.schemas import Activity
from crm.sales.deals.schemas import Deal
from crm.sales.reports.aggregates.contributions import (
    Contribution,
    differences,
    of_activity,
    of_deal,
)
from crm.sales.reports.aggregates.facts import facts_of

MADE = "2026-11-02T10:00:00.000Z"

DEAL: dict[str, Any] = {
    "organization_id": "organization",
    "id": "deal",
    "created_on": MADE,
    "created_by": "ada",
    "updated_on": MADE,
    "updated_by": "ada",
    "version": 1,
    "name": "Deal",
    "amount": "1250.50",
    "weighted_amount": "125.05",
    "currency": "USD",
    "entity_id": "entity",
    "pipeline_id": "p",
    "stage_id": "s1",
    "status": "open",
    "probability": 10,
    "assigned_to": "ben",
    "stay_id": "stay",
    "stage_entered_on": MADE,
}
ACTIVITY: dict[str, Any] = {
    **{name: DEAL[name] for name in ("organization_id", "created_on", "created_by", "updated_on")},
    "id": "activity",
    "updated_by": "ada",
    "version": 1,
    "type": "call",
    "subject": "Talk",
    "assigned_to": "ben",
}
VALUE = {"count": 1, "amount_USD": 125050, "weighted_USD": 12505}
WON = {"status": "won", "closed_on": "2026-11-03T10:00:05.999Z", "stage_id": "s2"}


def deal(**fields: Any) -> Deal:
    return Deal.model_validate({**DEAL, **fields})


def in_both(name: str, user: str, rows: dict[str, dict[str, int]]) -> Contribution:
    """Rows as the whole organization and one user have them."""
    groups = ("all", f"user#{user}")
    return {(f"{name}#{group}", row): one for group in groups for row, one in rows.items()}


@pytest.mark.parametrize(
    ("fields", "rows"),
    [
        ({}, {"stage#s1": VALUE}),
        (
            {"expected_close_date": "2026-12-24"},
            {"stage#s1": VALUE, "month#2026-12": VALUE},
        ),
        (
            {"amount": None, "weighted_amount": None, "expected_close_date": "2027-01-01"},
            {"stage#s1": {"count": 1}, "month#2027-01": {"count": 1}},
        ),
        (
            {"amount": "0.00", "weighted_amount": "0.00"},
            {"stage#s1": {"count": 1}},
        ),
        (
            {"amount": "7", "weighted_amount": "1", "currency": "JPY"},
            {"stage#s1": {"count": 1, "amount_JPY": 7, "weighted_JPY": 1}},
        ),
        (
            {**WON, "expected_close_date": "2026-12-24"},
            {"stage#s2": VALUE, "closed#2026-11-03#won": {"count": 1, "seconds": 86405}},
        ),
        (
            {**WON, "status": "lost", "closed_on": MADE},
            {"stage#s2": VALUE, "closed#2026-11-02#lost": {"count": 1}},
        ),
    ],
)
def test_a_deal_counts_where_it_stands(
    fields: dict[str, Any], rows: dict[str, dict[str, int]]
) -> None:
    assert of_deal(deal(**fields)) == in_both("board#p", "ben", rows)


@pytest.mark.parametrize(
    ("fields", "rows"),
    [
        ({}, {"2026-11-02": {"call": 1}}),
        (
            {"type": "task", "completed_on": "2026-11-05T00:00:00.000Z"},
            {"2026-11-02": {"task": 1}, "2026-11-05": {"completed": 1}},
        ),
        ({"completed_on": MADE}, {"2026-11-02": {"call": 1, "completed": 1}}),
    ],
)
def test_an_activity_counts_on_its_days(
    fields: dict[str, Any], rows: dict[str, dict[str, int]]
) -> None:
    activity = Activity.model_validate({**ACTIVITY, **fields})
    assert of_activity(activity) == in_both("activities", "ben", rows)


LATER = "2026-11-04T10:01:00.000Z"


@pytest.mark.parametrize(
    ("old", "new", "user", "rows"),
    [
        (None, {}, "ben", {"day#2026-11-02#s1": {"entered": 1}}),
        (
            {},
            {"stage_id": "s2", "stage_entered_on": LATER},
            "ben",
            {
                "day#2026-11-04#s2": {"entered": 1},
                "day#2026-11-04#s1": {"left": 1, "seconds": 2 * 86400 + 60},
            },
        ),
        (
            {},
            {"stage_id": "s2", "assigned_to": "cleo"},
            "cleo",
            {"day#2026-11-02#s2": {"entered": 1}, "day#2026-11-02#s1": {"left": 1}},
        ),
        ({}, {"name": "Other", "assigned_to": "cleo"}, "cleo", {}),
        ({}, None, "ben", {}),
    ],
)
def test_a_move_is_a_fact(
    old: dict[str, Any] | None,
    new: dict[str, Any] | None,
    user: str,
    rows: dict[str, dict[str, int]],
) -> None:
    before = None if old is None else deal(**old)
    after = None if new is None else deal(**new)
    assert facts_of(before, after) == in_both("velocity#p", user, rows)


PLACES = some.tuples(some.sampled_from("ab"), some.sampled_from("xyz"))
NUMBERS = some.dictionaries(
    some.sampled_from(["count", "amount_USD"]), some.integers(-5, 5).filter(bool), min_size=1
)
CONTRIBUTIONS = some.dictionaries(PLACES, NUMBERS)


@given(CONTRIBUTIONS, CONTRIBUTIONS)
def test_differences_lead_from_one_to_the_other(before: Contribution, after: Contribution) -> None:
    changes = differences(before, after)
    assert all(number for numbers in changes.values() for number in numbers.values())
    assert all(changes.values())
    for place in before.keys() | after.keys():
        for name in ("count", "amount_USD"):
            was = before.get(place, {}).get(name, 0)
            change = changes.get(place, {}).get(name, 0)
            assert was + change == after.get(place, {}).get(name, 0)


@given(CONTRIBUTIONS)
def test_what_stays_the_same_changes_nothing(same: Contribution) -> None:
    assert differences(same, dict(same)) == {}
