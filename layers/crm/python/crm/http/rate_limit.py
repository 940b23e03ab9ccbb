"""How many requests a user may make in a minute, counted for less than a request costs.

A process counts by itself, and tells the counter that all functions and processes share of every
`STEP` requests of a user. So who sends few of them costs nothing, who sends many one write unit for
twenty, and who is refused nothing: a process remembers that until the minute ends.

The minute is the clock's, not the last sixty seconds: that is one number, added to by one write
that answers with the sum. A window that slides would have to read another one, and what it gains is
that twice the limit cannot pass around the turn of a minute.

With N processes that a user's requests come to, at most the limit and `STEP - 1` for each of them
pass in a minute, because of so many the others cannot know. A request that fails to be told is not
told again, as it may have arrived: nobody is refused for what they have not sent.
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
"""Requests of a user that a process keeps to itself before it tells the others."""

MAX_USERS = 10_000
"""That a process counts at a time: about as many as it could answer in a minute."""

Tell = Callable[[str, int, int], int]
"""Adds to the count of a user in a minute that all processes share; the sum, or 0 if unknown."""

logger = Logger(stream=sys.stderr)


@dataclass(slots=True)
class _Window:
    """A user's requests in a minute.

    Attributes:
        minute: since 1970.
        untold: how many this process has counted and not told the shared counter of.
        known: how many there were, with those of other processes, when it last told of its own.
        refused: that one was refused has been logged.
    """

    minute: int
    untold: int = 0
    known: int = 0
    refused: bool = False

    @property
    def sum(self) -> int:
        """How many there have been, as far as this process knows."""
        return self.known + self.untold

    def count(self) -> int:
        """Count one more; how many are to be told of now."""
        self.untold += 1
        if self.untold < STEP:
            return 0
        self.untold = 0
        return STEP

    def learn(self, told: int, answer: int) -> None:
        """Take over the shared counter's sum; what fails to be told has been counted all the same.

        Answers may come in another order than the sums that they tell of.
        """
        self.known = max(self.known, answer) if answer else self.known + told


class Rate:
    """What one process knows of the present minute; threads may share it.

    Args:
        tell: adds to what all processes have counted.
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
            RateLimitedError: it is one too many.
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
            # Once a minute: a flood of requests shall be no flood of lines.
            logger.warning("rate limited", user_id=user_id, requests_per_minute=limit)
        left = (window.minute + 1) * SECONDS - self._clock()
        raise RateLimitedError(f"The limit is {limit:,} a minute.", max(math.ceil(left), 1))


def admit(user_id: str) -> None:
    """Count a request of a user, in whatever organization, whatever it asks for.

    Raises:
        RateLimitedError: they have made too many in this minute.
    """
    limit = config.requests_per_minute()
    if limit > 0:
        _rate.admit(user_id, limit)


def _told(user_id: str, minute: int, count: int) -> int:
    """Tell the bookkeeping table. The limit protects, it is no promise: without it, all goes on."""
    gone = (minute + 2) * SECONDS
    try:
        return SYSTEM.add(keys.rate(user_id, minute), "requests", count, expires_on=gone)
    except (UnavailableError, PynamoDBException) as error:
        cause = error.__cause__ or error
        logger.warning("requests not counted", user_id=user_id, **logging.failure(cause))
        return 0


_rate = Rate(_told)
