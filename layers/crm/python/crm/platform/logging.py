"""Common parts of all log lines: they contain ids, and no user input."""

import sys
import time
import traceback
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from aws_lambda_powertools import Logger

Handler = Callable[[Any, Any], Any]

IDS = ("organization_id", "execution_id", "job_id")
"""Ids of an event that its log line contains."""

logger = Logger(stream=sys.stderr)


class FunctionFailedError(Exception):
    """A function failed; its message is only the name of the exception's class."""


def failure(error: BaseException) -> dict[str, Any]:
    """Return the log fields of an unexpected exception.

    Its message may contain personal data and is not logged. The code of an AWS error has none.
    """
    return {
        "exception": type(error).__name__,
        "code": _code(error),
        "where": traceback.format_tb(error.__traceback__),
    }


def _code(error: BaseException) -> str | None:
    """Return the code of an error response of AWS, as raised by botocore or pynamodb."""
    response = getattr(error, "response", None)
    if not isinstance(response, Mapping):
        response = getattr(getattr(error, "cause", None), "response", None)
    return response.get("Error", {}).get("Code") if isinstance(response, Mapping) else None


def guarded(handler: Handler) -> Handler:
    """Log each call of an asynchronous function, and keep messages of exceptions out of the log.

    The runtime logs the message of any exception that a function raises, and puts it into dead
    letters. Brook's own errors contain no stored data; other exceptions are replaced by their name.
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
