"""Runs the rules that changes of records trigger."""

from typing import Any

from crm.platform import logging
from crm.platform.stream import runner
from crm.workflows.engine.runs import Engine


@logging.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    runner.run(event["Records"], Engine().handle)
