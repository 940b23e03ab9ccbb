"""Runs a delayed action of a rule when its one-time schedule fires."""

from typing import Any

from crm.platform import logging
from crm.workflows.engine import runs


@logging.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    runs.wake(event["organization_id"], event["execution_id"], int(event["action"]))
