"""Work in steps, each a transaction of its own, repeated until nothing is left to do."""

import random
import time
from collections.abc import Callable

from crm.platform.dynamodb.transaction import StaleReadError
from crm.platform.errors import UnavailableError

ATTEMPTS = 20
PAUSE = 0.02


def until_done(step: Callable[[], bool]) -> None:
    """Repeat a step; others may be at the same work.

    Args:
        step: reads what is left and does a part of it; answers whether there was any.

    Raises:
        UnavailableError: others were quicker each time.
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
