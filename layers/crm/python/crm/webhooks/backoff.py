"""The wait before a delivery is retried. Pure, except for randomness."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_ATTEMPTS = 12
"""With the waits between them, about three days."""

FIRST_SECONDS = 30.0
FACTOR = 5
LONGEST_SECONDS = 24 * 3600.0

Uniform = Callable[[float, float], float]


def ceiling(attempts: int) -> float:
    """Return the longest wait, in seconds, after a number of failed attempts."""
    return min(FIRST_SECONDS * float(FACTOR) ** (attempts - 1), LONGEST_SECONDS)


def wait(
    attempts: int, retry_after: str | None, now: datetime, uniform: Uniform = random.uniform
) -> timedelta:
    """Return the wait after a failure: exponential, with full jitter.

    Args:
        attempts: failed attempts, from 1.
        retry_after: the receiver's `Retry-After`, honoured up to a day.
        now: the current time.
        uniform: returns a random number between two.
    """
    asked = min(seconds_asked(retry_after, now), LONGEST_SECONDS)
    return timedelta(seconds=max(uniform(0.0, ceiling(attempts)), asked))


def seconds_asked(retry_after: str | None, now: datetime) -> float:
    """Return the seconds of a `Retry-After` (RFC 9110, 10.2.3); 0 for an invalid one."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (OverflowError, ValueError):
        return 0.0
    return max((moment - now).total_seconds(), 0.0) if moment.tzinfo else 0.0
