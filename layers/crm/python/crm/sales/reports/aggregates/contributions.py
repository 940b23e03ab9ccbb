"""What a record adds to the sums. Pure: it depends on nothing but the record as it is."""

from collections.abc import Callable, Mapping
from typing import Any

from crm.platform import clock, money
from crm.related.activities.schemas import Activity
from crm.sales.deals.schemas import Deal
from crm.sales.reports.aggregates import names

Numbers = dict[str, int]
"""Whole numbers by attribute; none of them is zero."""

Contribution = dict[tuple[str, str], Numbers]
"""What is added to which row: (name, row) → numbers."""

AMOUNT, WEIGHTED = "amount_", "weighted_"
"""What the attribute of a sum of money begins with, before the currency."""

DATE = len("YYYY-MM-DD")
MONTH = len("YYYY-MM")


def of_deal(deal: Deal) -> Contribution:
    """A deal counts in its stage, while it is open in the month in which it is expected to close,
    and once it is closed on the day on which it was."""
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
    """An activity counts on the day on which it was made, and on that of its completion."""
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
"""The kinds that are summed."""


def differences(before: Contribution, after: Contribution) -> Contribution:
    """What has to be added to each row, so that it holds the one instead of the other."""
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
