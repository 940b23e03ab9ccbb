"""Worker of the erasure queue: erases organizations and persons."""

from typing import Any

from crm.administration.erasure import worker
from crm.platform import logging


@logging.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    worker.run(event)
