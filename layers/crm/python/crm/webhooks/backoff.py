"""How long to wait before a delivery is tried again. Pure, chance aside."""

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
    """The longest wait, in seconds, after so many attempts have failed."""
    return min(FIRST_SECONDS * float(FACTOR) ** (attempts - 1), LONGEST_SECONDS)


def wait(
    attempts: int, retry_after: str | None, now: datetime, uniform: Uniform = random.uniform
) -> timedelta:
    """How long to wait after a failure: exponential, with full jitter.

    Args:
        attempts: how many have failed, from 1.
        retry_after: the receiver's `Retry-After`, which is heeded up to a day.
        now: the present moment.
        uniform: gives a number between two.
    """
    asked = min(seconds_asked(retry_after, now), LONGEST_SECONDS)
    return timedelta(seconds=max(uniform(0.0, ceiling(attempts)), asked))


def seconds_asked(retry_after: str | None, now: datetime) -> float:
    """What a `Retry-After` asks for (RFC 9110, 10.2.3); one that says nothing sensible: none."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (OverflowError, ValueError):
        return 0.0
    return max((moment - now).total_seconds(), 0.0) if moment.tzinfo else 0.0
