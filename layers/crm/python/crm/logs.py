"""What all logs have in common."""

import traceback
from typing import Any


def failure(error: BaseException) -> dict[str, Any]:
    """What a log says of an unforeseen exception.

    Its message may hold personal data: it is not logged.
    """
    return {
        "exception": type(error).__name__,
        "where": traceback.format_tb(error.__traceback__),
    }
