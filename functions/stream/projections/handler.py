"""What follows from records: history, the text index, aggregates, and the end of dependents."""

from typing import Any

from crm.platform import logging
from crm.projections import batch


@logging.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    batch.run(event["Records"])
