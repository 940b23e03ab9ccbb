"""Counts an organization's sums anew. Called by an operator, by nobody else.

On AWS, until `done` is true:

    aws lambda invoke --function-name <stack>-recount --cli-read-timeout 0 \\
        --payload '{"organization_id": "<id>"}' --cli-binary-format raw-in-base64-out /dev/stdout

On the local stack: `make recount ORGANIZATION=<id>`.
"""

import time
from typing import Any

from crm.sums import recounting

RESERVE_SECONDS = 30.0


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Begin to count, or go on with it, as long as there is time; boards and reports go on too."""
    left = context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    return recounting.recount(event["organization_id"], time.monotonic() + left)
