"""Recomputes the aggregates of an organization. Invoked by an operator only.

On the local stack: `make recount ORGANIZATION=<id>`; on AWS, additionally `STACK=<stack>`.
"""

import time
from typing import Any

from crm.platform import logging
from crm.sales.reports.aggregates import recount

RESERVE_SECONDS = 30.0


@logging.guarded
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Begin or continue the recount until the time is used up; boards and reports stay in use."""
    left = context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    return recount.recount(event["organization_id"], time.monotonic() + left)
