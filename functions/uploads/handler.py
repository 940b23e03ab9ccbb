"""S3 tells that files have arrived."""

import sys
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger

from crm.documents import uploads

logger = Logger(stream=sys.stderr)


def handler(event: dict[str, Any], _context: Any) -> None:
    for record in event.get("Records", []):
        stored = record["s3"]["object"]
        uploads.arrived(unquote_plus(stored["key"]), stored.get("versionId"))
    logger.info("uploads", files=len(event.get("Records", [])))
