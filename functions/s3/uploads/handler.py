"""Handles S3 events of uploaded files."""

import sys
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger

from crm.administration.imports import upload_events as import_uploads
from crm.platform import logging
from crm.related.documents import upload_events as document_uploads

logger = Logger(stream=sys.stderr)


@logging.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    for record in event.get("Records", []):
        stored = record["s3"]["object"]
        key, version_id = unquote_plus(stored["key"]), stored.get("versionId")
        # Keys contain only ids that the server has created: no form lets a client choose a key.
        logger.info("upload", key=key)
        imported = import_uploads.Place.parse(key)
        if imported is not None:
            import_uploads.arrived(imported, version_id)
        else:
            document_uploads.arrived(key, version_id)
