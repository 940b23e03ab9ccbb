"""The contribution of a record to the aggregates. Pure: it depends only on the record."""

from collections.abc import Callable, Mapping
from typing import Any

from crm.platform import clock, money
from crm.related.activities.schemas import Activity
from crm.sales.deals.schemas import Deal
from crm.sales.reports.aggregates import names

Numbers = dict[str, int]
"""Integers by attribute name; none is zero."""

Contribution = dict[tuple[str, str], Numbers]
"""The numbers that a record adds to each row: (name, row) → numbers."""

AMOUNT, WEIGHTED = "amount_", "weighted_"
"""Prefixes of the attributes of an amount, before the currency."""

DATE = len("YYYY-MM-DD")
MONTH = len("YYYY-MM")


def of_deal(deal: Deal) -> Contribution:
    """Return the contribution of a deal.

    A deal counts in its stage; while it is open, in the month of its expected close date; once it
    is closed, on the day of its closing.
    """
    value = _nonzero({"count": 1, **_money(deal)})
    rows = {names.stage_row(deal.stage_id): value}
    if deal.status == "open" and deal.expected_close_date:
        rows[names.month_row(deal.expected_close_date[:MONTH])] = value
    if deal.status != "open" and deal.closed_on:
        seconds = clock.seconds_between(deal.created_on, deal.closed_on)
        closed = names.closed_row(deal.closed_on[:DATE], deal.status)
        rows[closed] = _nonzero({"count": 1, "seconds": seconds})
    return {
        (names.board(deal.pipeline_id, group), row): numbers
        for group in (names.ALL, names.of_user(deal.assigned_to))
        for row, numbers in rows.items()
    }


def of_activity(activity: Activity) -> Contribution:
    """Return the contribution of an activity: it counts on the days of creation and completion."""
    rows: dict[str, Numbers] = {activity.created_on[:DATE]: {activity.type: 1}}
    if activity.completed_on:
        rows.setdefault(activity.completed_on[:DATE], {})["completed"] = 1
    return {
        (names.activities(group), row): numbers
        for group in (names.ALL, names.of_user(activity.assigned_to))
        for row, numbers in rows.items()
    }


CONTRIBUTIONS: Mapping[str, Callable[[Any], Contribution]] = {
    Deal.KIND: of_deal,
    Activity.KIND: of_activity,
}
"""The kinds with aggregates."""


def differences(before: Contribution, after: Contribution) -> Contribution:
    """Return the numbers that change each row from the first contribution to the second."""
    changes: Contribution = {}
    for place in sorted(before.keys() | after.keys()):
        old, new = before.get(place, {}), after.get(place, {})
        numbers = _nonzero(
            {name: new.get(name, 0) - old.get(name, 0) for name in sorted(old.keys() | new.keys())}
        )
        if numbers:
            changes[place] = numbers
    return changes


def _money(deal: Deal) -> Numbers:
    if deal.amount is None or deal.weighted_amount is None:
        return {}
    return {
        f"{AMOUNT}{deal.currency}": money.minor_units(deal.amount, deal.currency),
        f"{WEIGHTED}{deal.currency}": money.minor_units(deal.weighted_amount, deal.currency),
    }


def _nonzero(numbers: Numbers) -> Numbers:
    return {name: number for name, number in numbers.items() if number}
