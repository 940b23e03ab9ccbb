"""The limit of requests per user and minute, counted for less than a request costs.

A process counts by itself, and adds to the counter that all functions and processes share after
every `STEP` requests of a user. So users with few requests cost nothing, users with many one write
unit per twenty, and refused requests nothing: a process remembers a refusal until the minute ends.

The minute is that of the clock, not the last sixty seconds: that takes one number, and one write
that adds to it and returns the sum. A sliding window would need a second read, and would only
prevent twice the limit from passing around the turn of a minute.

If a user's requests reach N processes, at most the limit plus `STEP - 1` requests for each of them
pass in a minute, because that many are unknown to the other processes. A failed addition is not
repeated, as it may have arrived: no user is refused for requests that they have not sent.
"""

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from aws_lambda_powertools import Logger
from pynamodb.exceptions import PynamoDBException

from crm.platform import config, logging
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.errors import RateLimitedError, UnavailableError

SECONDS = 60

STEP = 20
"""Requests of a user that a process counts before it adds them to the shared counter."""

MAX_USERS = 10_000
"""Users that a process counts at a time: about as many as it could serve in a minute."""

Tell = Callable[[str, int, int], int]
"""Adds to a user's shared count of a minute; returns the sum, or 0 if it is unknown."""

logger = Logger(stream=sys.stderr)


@dataclass(slots=True)
class _Window:
    """The requests of a user in a minute.

    Attributes:
        minute: minutes since 1970.
        untold: requests that this process has counted and not added to the shared counter.
        known: the shared sum, with other processes' requests, when this process last added to it.
        refused: whether a refusal has been logged.
    """

    minute: int
    untold: int = 0
    known: int = 0
    refused: bool = False

    @property
    def sum(self) -> int:
        """The number of requests, as far as this process knows."""
        return self.known + self.untold

    def count(self) -> int:
        """Count a request; return the number of requests to add to the shared counter now."""
        self.untold += 1
        if self.untold < STEP:
            return 0
        self.untold = 0
        return STEP

    def learn(self, added: int, answer: int) -> None:
        """Store the shared counter's sum; a failed addition counts in this process all the same.

        Sums may arrive out of order.
        """
        self.known = max(self.known, answer) if answer else self.known + added


class Rate:
    """The counts of one process in the current minute; threads may share it.

    Args:
        tell: adds to the shared counter.
        clock: seconds since 1970.
    """

    def __init__(self, tell: Tell, clock: Callable[[], float] = time.time) -> None:
        self._tell = tell
        self._clock = clock
        self._lock = Lock()
        self._minute = 0
        self._windows: dict[str, _Window] = {}

    def admit(self, user_id: str, limit: int) -> None:
        """Count a request.

        Raises:
            RateLimitedError: The user has reached the limit.
        """
        with self._lock:
            window = self._window(user_id)
            full = window.sum >= limit
            telling = 0 if full else window.count()
        if telling:
            answer = self._tell(user_id, window.minute, telling)
            full = answer > limit
            with self._lock:
                window.learn(telling, answer)
        if full:
            self._refuse(user_id, window, limit)

    def _window(self, user_id: str) -> _Window:
        minute = int(self._clock() // SECONDS)
        if minute != self._minute:
            self._minute, self._windows = minute, {}
        if user_id not in self._windows and len(self._windows) >= MAX_USERS:
            del self._windows[next(iter(self._windows))]
        return self._windows.setdefault(user_id, _Window(minute))

    def _refuse(self, user_id: str, window: _Window, limit: int) -> None:
        with self._lock:
            first, window.refused = not window.refused, True
        if first:
            # Once a minute: a flood of requests must not become a flood of log lines.
            logger.warning("rate limited", user_id=user_id, requests_per_minute=limit)
        left = (window.minute + 1) * SECONDS - self._clock()
        raise RateLimitedError(f"The limit is {limit:,} a minute.", max(math.ceil(left), 1))


def admit(user_id: str) -> None:
    """Count a request of a user, in any organization and for any route.

    Raises:
        RateLimitedError: The user has made too many requests in this minute.
    """
    limit = config.requests_per_minute()
    if limit > 0:
        _rate.admit(user_id, limit)


def _told(user_id: str, minute: int, count: int) -> int:
    """Add to the system table. The limit is a protection, no guarantee: failures refuse nobody."""
    expires_on = (minute + 2) * SECONDS
    try:
        return SYSTEM.add(keys.rate(user_id, minute), "requests", count, expires_on=expires_on)
    except (UnavailableError, PynamoDBException) as error:
        cause = error.__cause__ or error
        logger.warning("requests not counted", user_id=user_id, **logging.failure(cause))
        return 0


_rate = Rate(_told)
