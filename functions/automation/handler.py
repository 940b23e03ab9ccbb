"""Runs the rules that changes of records set off."""

from typing import Any

from crm.automation.engine import Engine
from crm.stream import runner


def handler(event: dict[str, Any], _context: Any) -> None:
    runner.run(event["Records"], Engine().handle)
