"""S3 tells that files have arrived."""

import sys
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger

from crm.imports import arriving
from crm.platform import logging
from crm.related.documents import upload_events

logger = Logger(stream=sys.stderr)


@logging.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    for record in event.get("Records", []):
        stored = record["s3"]["object"]
        key, version_id = unquote_plus(stored["key"]), stored.get("versionId")
        # Keys are made of ids, by us: no form lets a client choose one.
        logger.info("upload", key=key)
        imported = arriving.Place.parse(key)
        if imported is not None:
            arriving.arrived(imported, version_id)
        else:
            upload_events.arrived(key, version_id)
