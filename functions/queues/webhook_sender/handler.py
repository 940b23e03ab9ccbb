"""Worker of the delivery queue: sends webhooks."""

from typing import Any

from crm.platform import logging
from crm.webhooks import worker


@logging.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    worker.run(event["Records"])
