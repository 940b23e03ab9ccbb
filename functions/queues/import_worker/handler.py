"""Worker of the import queue: advances imports."""

from typing import Any

from crm.administration.imports.worker import WORKER
from crm.platform import logging


@logging.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    WORKER.run(event)
