"""Updates what is derived from records: history, text index, aggregates; sweeps dependents."""

from typing import Any

from crm.platform import logging
from crm.projections import batch


@logging.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    batch.run(event["Records"])
