"""Takes exports further, as their queue asks for it."""

from typing import Any

from crm import logs
from crm.exports.worker import WORKER


@logs.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    WORKER.run(event)
