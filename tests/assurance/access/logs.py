"""Logs of the functions of a stack."""

import time

from local.process import StackProcess
from local.settings import STACK_NAME

ENDED = "END RequestId"
REFUSED = "AccessDenied"
"""Part of the code of every refusal; `crm.platform.logging.failure` logs the codes of AWS."""


class Logs:
    """From now on; a function is named as its FunctionName, without that of the stack."""

    def __init__(self, stack: StackProcess) -> None:
        self._logs = stack.client("logs")
        self._since = int(time.time() * 1000)

    def calls(self, function: str) -> int:
        """Return the number of completed calls of a function."""
        return sum(line.startswith(ENDED) for line in self._lines(function))

    def refusals(self, function: str) -> list[str]:
        """The lines that tell of something that a function was not allowed to do."""
        return [line for line in self._lines(function) if REFUSED in line]

    def _lines(self, function: str) -> list[str]:
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{STACK_NAME}-{function}",
            startTime=self._since,
        )
        return [event["message"] for page in pages for event in page["events"]]
