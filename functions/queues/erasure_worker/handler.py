"""Erases organizations and persons, as the queue of erasures asks for it."""

from typing import Any

from crm.administration.erasure import worker
from crm.platform import logging


@logging.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    worker.run(event)
