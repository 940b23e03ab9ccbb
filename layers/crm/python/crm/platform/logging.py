"""What all logs have in common: ids, and nothing that anybody has typed."""

import sys
import time
import traceback
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from aws_lambda_powertools import Logger

Handler = Callable[[Any, Any], Any]

IDS = ("organization_id", "execution_id", "job_id")
"""What an event may name, and a log line repeats."""

logger = Logger(stream=sys.stderr)


class FunctionFailedError(Exception):
    """A function failed; only the name of what it failed of may be told."""


def failure(error: BaseException) -> dict[str, Any]:
    """What a log says of an unforeseen exception.

    Its message may hold personal data: it is not logged. The code of an AWS error holds none.
    """
    return {
        "exception": type(error).__name__,
        "code": _code(error),
        "where": traceback.format_tb(error.__traceback__),
    }


def _code(error: BaseException) -> str | None:
    """The code of an error that AWS answered with, as botocore and as pynamodb have it."""
    response = getattr(error, "response", None)
    if not isinstance(response, Mapping):
        response = getattr(getattr(error, "cause", None), "response", None)
    return response.get("Error", {}).get("Code") if isinstance(response, Mapping) else None


def guarded(handler: Handler) -> Handler:
    """Log each call of a function that nobody waits for, and keep what it failed of out of the log.

    The runtime logs the message of whatever a function raises, and puts it into dead letters.
    Brook's own errors say nothing that is stored; of others only the name goes on.
    """

    @wraps(handler)
    def run(event: Any, context: Any) -> Any:
        started = time.perf_counter()
        failed: dict[str, Any] = {}
        try:
            return handler(event, context)
        except Exception as error:
            failed = failure(error)
            if type(error).__module__.partition(".")[0] == "crm":
                raise
            raise FunctionFailedError(type(error).__name__) from None
        finally:
            (logger.error if failed else logger.info)(
                "call",
                request_id=getattr(context, "aws_request_id", None),
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
                **_named(event),
                **failed,
            )

    return run


def _named(event: Any) -> dict[str, Any]:
    if not isinstance(event, Mapping):
        return {}
    return {name: event[name] for name in IDS if name in event}
