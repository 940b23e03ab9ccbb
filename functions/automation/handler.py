"""Runs the rules that changes of records set off."""

from typing import Any

from crm import logs
from crm.automation.engine import Engine
from crm.stream import runner


@logs.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    runner.run(event["Records"], Engine().handle)
