"""Repeats a step, a transaction of its own each time, until no work is left."""

import random
import time
from collections.abc import Callable

from crm.platform.dynamodb.transaction import StaleReadError
from crm.platform.errors import UnavailableError

ATTEMPTS = 20
PAUSE = 0.02


def retry_on_conflict(step: Callable[[], bool]) -> None:
    """Repeat a step until it finds no work; other workers may do the same work concurrently.

    Args:
        step: reads the work that is left and does a part of it; returns whether there was any.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted.
    """
    refused = 0
    while True:
        try:
            if not step():
                return
        except StaleReadError as error:
            refused += 1
            if refused == ATTEMPTS:
                raise UnavailableError("Others are at the same work.") from error
            time.sleep(random.uniform(0, PAUSE * refused))  # noqa: S311
