"""Cleanup after a deleted document: its attachments, versions, pending uploads and files."""

from crm.platform.dynamodb.keys import RECORD, Key, RecordAddress
from crm.platform.dynamodb.lists import HIGHEST
from crm.platform.dynamodb.table import RECORDS
from crm.platform.s3 import bucket
from crm.related.documents import attachment_links
from crm.related.documents.storage import Place

BATCH = 100


def delete_remains(document: Key, address: RecordAddress) -> None:
    """Delete a deleted document's attachments, child items and files in batches; safe to repeat.

    A file is deleted before the item that holds its key, so that a repetition after an
    interruption finds the rest.

    Args:
        document: the key of the deleted document.
        address: the parsed key.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted.
    """
    attachment_links.delete_of_document(address.organization_id, address.record_id)
    while items := RECORDS.query(document.pk, (RECORD, RECORD + HIGHEST), BATCH):
        for item in items:
            if "file_key" in item:
                bucket.delete(item["file_key"])
            elif "upload_id" in item:
                place = Place(address.organization_id, address.record_id, item["upload_id"])
                bucket.delete(place.upload_key)
        RECORDS.batch_write([], [Key(item["pk"], item["sk"]) for item in items])
