"""Counts an organization's sums anew. Called by an operator, by nobody else.

On the local stack: `make recount ORGANIZATION=<id>`; on AWS, with `STACK=<stack>` besides.
"""

import time
from typing import Any

from crm.platform import logging
from crm.sales.reports.aggregates import recount

RESERVE_SECONDS = 30.0


@logging.guarded
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Begin to count, or go on with it, as long as there is time; boards and reports go on too."""
    left = context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    return recount.recount(event["organization_id"], time.monotonic() + left)
