"""Monthly lists for a range of closing dates."""

import pytest

from crm.sales.deals.schemas import months_between


@pytest.mark.parametrize(
    ("after", "before", "months"),
    [
        ("2026-11-05", "2026-11-06", ["2026-11"]),
        ("2026-11-30", "2026-12-01", ["2026-11", "2026-12"]),
        ("2026-12-31", "2027-01-02", ["2026-12", "2027-01"]),
        ("2026-10-02", "2027-01-31", ["2026-10", "2026-11", "2026-12", "2027-01"]),
        ("2026-10-02", "2027-02-01", None),
        ("0001-01-01", "9999-12-31", None),
        ("2026-12-01", "2026-11-01", []),
        ("2026-12-02", "2026-12-01", ["2026-12"]),
    ],
)
def test_the_months_of_a_range(after: str, before: str, months: list[str] | None) -> None:
    assert months_between(after, before) == months
