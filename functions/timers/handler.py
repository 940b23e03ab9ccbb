"""Does what a rule has put off, when its time has come."""

from typing import Any

from crm.automation import engine
from crm.platform import logging


@logging.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    engine.wake(event["organization_id"], event["execution_id"], int(event["action"]))
