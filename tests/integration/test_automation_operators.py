"""Each operator over HTTP, by a dry run: seen to hold, and seen not to."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.process import StackProcess
from tests.support.integration.client import Brook, Person, good, made

RULES = "/api/workflow-rules"
NAMED, OTHER = {"name": "Northern Mills"}, {"name": "Southern Yards"}
SMALL, LARGE = {"amount": "10.00"}, {"amount": "2500.00"}

# field, operator, value; before and after where it holds; before and after where it does not
CASES: list[tuple[str, str, Any, tuple[Any, Any], tuple[Any, Any]]] = [
    ("name", "equals", "Northern Mills", (None, NAMED), (None, OTHER)),
    ("name", "not_equals", "Northern Mills", (None, OTHER), (None, NAMED)),
    ("name", "contains", "mills", (None, NAMED), (None, OTHER)),
    ("name", "not_contains", "mills", (None, OTHER), (None, NAMED)),
    ("name", "starts_with", "north", (None, NAMED), (None, OTHER)),
    ("name", "ends_with", "YARDS", (None, OTHER), (None, NAMED)),
    ("amount", "greater_than", 10, (None, LARGE), (None, SMALL)),
    ("amount", "greater_or_equal", "10", (None, SMALL), (None, {"amount": "9.99"})),
    ("amount", "less_than", 2500, (None, SMALL), (None, LARGE)),
    ("amount", "less_or_equal", 2500, (None, LARGE), (None, {"amount": "2500.01"})),
    ("status", "in", ["won", "lost"], (None, {"status": "won"}), (None, {"status": "open"})),
    ("status", "not_in", ["won"], (None, {"status": "open"}), (None, {"status": "won"})),
    ("amount", "is_empty", None, (None, {"amount": None}), (None, SMALL)),
    ("amount", "is_not_empty", None, (None, SMALL), (None, {"amount": None})),
    ("name", "changed", None, (OTHER, NAMED), (NAMED, NAMED)),
    ("name", "not_changed", None, (NAMED, NAMED), (OTHER, NAMED)),
    ("name", "changed_to", "Northern Mills", (OTHER, NAMED), (NAMED, NAMED)),
    ("name", "changed_from", "Southern Yards", (OTHER, NAMED), (OTHER, OTHER)),
    ("name", "was", "Southern Yards", (OTHER, NAMED), (NAMED, OTHER)),
    (
        "expected_close_date",
        "less_than",
        {"relative_date": "+7d"},
        (None, {"expected_close_date": "2020-01-01"}),
        (None, {"expected_close_date": "2999-01-01"}),
    ),
    (
        "weighted_amount",
        "equals",
        {"field": "amount"},
        (None, {"amount": "5", "weighted_amount": "5.00"}),
        (None, {"amount": "5", "weighted_amount": "2.50"}),
    ),
]


@pytest.fixture(scope="module")
def ada(stack: StackProcess) -> Iterator[Person]:
    with Brook(stack) as brook:
        yield brook.found("Acme").founder


@pytest.mark.parametrize(("field", "operator", "value", "holds", "fails"), CASES)
def test_it_holds_and_it_does_not(
    ada: Person,
    field: str,
    operator: str,
    value: Any,
    holds: tuple[Any, Any],
    fails: tuple[Any, Any],
) -> None:
    compared = {} if value is None else {"value": value}
    rule = made(
        ada.post(
            RULES,
            {
                "name": operator,
                "record_type": "deal",
                "trigger": {"event": "created_or_updated"},
                "conditions": {"field": field, "operator": operator, **compared},
                "actions": [{"type": "update_field", "field": "name", "value": "New"}],
                "is_active": False,
            },
        )
    )
    for (before, after), expected in ((holds, True), (fails, False)):
        body = {"before": before, "after": after}
        result = good(ada.post(f"{RULES}/{rule['id']}/test", body))
        assert result["matched"] is expected, result
        assert [found["operator"] for found in result["trace"]][-1] == operator
    assert ada.delete(f"{RULES}/{rule['id']}").status_code == 204
