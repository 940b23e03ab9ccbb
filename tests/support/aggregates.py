"""Deals and activities with what they add to sums, and what goes on at the same time."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from crm.platform import config, ids, money
from crm.platform.dynamodb.codec import from_raw
from crm.platform.dynamodb.table import Table
from crm.platform.dynamodb.transaction import Transaction
from crm.related.activities.schemas import Activity
from crm.sales.deals.schemas import Deal
from crm.sales.reports.aggregates import service as sums
from crm.sales.reports.aggregates.contributions import Contribution
from tests.support.tables import items

WON, LOST = "won", "lost"


def new_deal(organization_id: str, **fields: Any) -> Deal:
    """A deal of 100 dollars, of which half is likely, not yet written.

    Args:
        organization_id: whose.
        fields: what is different.
    """
    amount, currency = fields.get("amount", "100.00"), fields.get("currency", "USD")
    probability = fields.get("probability", 50)
    made = Deal.create(
        organization_id,
        "ada",
        **{
            "name": "Deal",
            "amount": amount,
            "currency": currency,
            "probability": probability,
            "weighted_amount": money.weighted(amount, probability, currency) if amount else None,
            "entity_id": ids.new_id(),
            "pipeline_id": "pipeline",
            "stage_id": "stage",
            "status": "open",
            "assigned_to": "ada",
            "stay_id": ids.new_id(),
            "stage_entered_on": "",
            **fields,
        },
    )
    return (
        made
        if made.stage_entered_on
        else made.model_copy(update={"stage_entered_on": made.created_on})
    )


def new_activity(organization_id: str, **fields: Any) -> Activity:
    return Activity.create(
        organization_id, "ada", **{"type": "task", "subject": "Do", "assigned_to": "ada", **fields}
    )


def written(new: Any, old: Any = None) -> Any:
    """Write a record, or delete it, and let the sums follow; the record."""
    write(old, new)
    sums.follow(old, new)
    return new


def write(old: Any, new: Any) -> None:
    transaction = Transaction()
    if new is None:
        transaction.delete_record(old)
    else:
        transaction.save(new, old)
    transaction.commit()


def rows(organization_id: str, prefix: str = "g1#") -> Contribution:
    """The rows of all sums whose names begin so, without zeros, and without that prefix."""
    start = f"ORG#{organization_id}#SUMS#{prefix}"
    found: Contribution = {}
    for (pk, sk), raw in items(config.bookkeeping_table()).items():
        if pk.startswith(start) and not pk.endswith("#names"):
            item = from_raw(raw)
            numbers = {name: one for name, one in item.items() if isinstance(one, int) and one}
            if numbers:
                found[pk.removeprefix(start), sk] = numbers
    return found


def added(contributions: Iterable[Contribution]) -> Contribution:
    """Return the sum of several contributions, without zeros."""
    total: dict[tuple[str, str], Counter[str]] = {}
    for one in contributions:
        for place, numbers in one.items():
            total.setdefault(place, Counter()).update(numbers)
    found = {
        place: {name: number for name, number in numbers.items() if number}
        for place, numbers in total.items()
    }
    return {place: numbers for place, numbers in found.items() if numbers}


@contextmanager
def interrupted(at: int, action: Callable[[], object]) -> Iterator[Counter[str]]:
    """Let something else happen just before the table is asked for the `at`-th time inside.

    What comes of it counts how often the table was asked.
    """
    asked: Counter[str] = Counter()

    def watched(call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:
            if not asked["within"]:
                asked["times"] += 1
                if asked["times"] == at:
                    asked["within"] = 1
                    action()
                    asked["within"] = 0
            return call(*arguments, **options)

        return run

    with (
        patch.object(Table, "get", watched(Table.get)),
        patch.object(Table, "query", watched(Table.query)),
        patch.object(Table, "put", watched(Table.put)),
        patch.object(Table, "put_if", watched(Table.put_if)),
        patch.object(Transaction, "commit", watched(Transaction.commit)),
    ):
        yield asked
