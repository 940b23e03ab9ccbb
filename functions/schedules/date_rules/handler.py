"""Runs the rules that wait for dates, and sends erasures that are due, every few minutes."""

import time
from typing import Any

from crm.administration.erasure import queue
from crm.platform import logging
from crm.workflows.engine import date_rules

SPARE_SECONDS = 30


@logging.guarded
def handler(_event: dict[str, Any], context: Any) -> dict[str, bool]:
    """Return whether all rules were checked; the next run continues where this one ends."""
    queue.send_due()
    seconds = context.get_remaining_time_in_millis() / 1000 - SPARE_SECONDS
    return {"done": date_rules.look_after(time.monotonic() + seconds)}
