"""Waiting times of a delivery between attempts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.webhooks import backoff

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY = 24 * 3600.0


def longest(_: float, most: float) -> float:
    return most


def shortest(least: float, _: float) -> float:
    return least


def seconds(attempts: int, retry_after: str | None = None, uniform=shortest) -> float:  # type: ignore[no-untyped-def]
    return backoff.wait(attempts, retry_after, NOW, uniform).total_seconds()


def test_waits_grow_up_to_a_day() -> None:
    waits = [seconds(n, uniform=longest) for n in range(1, backoff.MAX_ATTEMPTS)]
    assert waits == [30, 150, 750, 3750, 18750, *[DAY] * 6]


def test_all_of_it_takes_about_three_days() -> None:
    on_average = sum(backoff.ceiling(n) / 2 for n in range(1, backoff.MAX_ATTEMPTS))
    assert 2.5 * DAY < on_average < 3.5 * DAY


@given(st.integers(1, 10_000), st.text(max_size=12) | st.none())
def test_a_wait_has_bounds_whatever_is_asked(attempts: int, retry_after: str | None) -> None:
    waited = backoff.wait(attempts % 20 + 1, retry_after, NOW).total_seconds()
    assert 0 <= waited <= DAY


@given(st.integers(1, backoff.MAX_ATTEMPTS))
def test_jitter_is_full(attempts: int) -> None:
    spread = {round(backoff.wait(attempts, None, NOW).total_seconds(), 6) for _ in range(20)}
    assert len(spread) > 10
    assert seconds(attempts) == 0


@pytest.mark.parametrize(
    ("retry_after", "waited"),
    [
        (None, 0),
        ("", 0),
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("86400", DAY),
        ("86401", DAY),
        ("9" * 5000, DAY),
        ("-5", 0),
        ("1.5", 0),
        ("１２０", 0),
        ("soon", 0),
        ("Sat, 21 Nov 2026 12:05:00 GMT", 300),
        ("Saturday, 21-Nov-26 12:05:00 GMT", 300),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("Sat, 21 Nov 2027 12:00:00 GMT", DAY),
        ("Sat, 21 Nov 2026 12:05:00", 0),
        ("Sat, 99 Nov 2026 12:05:00 GMT", 0),
        ("Sat, 21 Nov 99999 12:05:00 GMT", 0),
        (f"Sat, 21 Nov {'9' * 30} 12:05:00 GMT", 0),
        ("Sat, 21 Nov 2026 12:05:00 +99999999", 0),
    ],
)
def test_retry_after(retry_after: str | None, waited: float) -> None:
    assert seconds(3, retry_after) == waited


def test_retry_after_only_lengthens_a_wait() -> None:
    assert seconds(3, "1", longest) == 750
    assert seconds(3, "1000", longest) == 1000
