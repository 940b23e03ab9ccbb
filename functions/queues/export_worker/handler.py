"""Worker of the export queue: advances exports."""

from typing import Any

from crm.administration.exports.worker import WORKER
from crm.platform import logging


@logging.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    WORKER.run(event)
