"""The processing of S3 events for uploaded files.

An event may be repeated, late or out of order. Only the event that deletes the pending upload takes
effect: the transaction that shows or rejects the file deletes it, so only one event can.
"""

from io import BufferedReader

from pynamodb.expressions.operand import Path

from crm.platform import clock
from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.platform.s3 import bucket
from crm.platform.s3.bucket import Arrived, GoneError
from crm.related.documents import files, types
from crm.related.documents.schemas import Document, PendingUpload, StoredFile
from crm.related.documents.storage import Place

ATTEMPTS = 20
READ_BYTES = 64 * 1024


def arrived(key: str, version_id: str | None) -> None:
    """Show or reject an uploaded file.

    Args:
        key: its key in the bucket.
        version_id: its version in the bucket.

    Raises:
        StaleReadError: Optimistic-lock retries are exhausted; the event may be repeated.
    """
    place = Place.parse(key)
    if place is None:
        return
    for _ in range(ATTEMPTS):
        try:
            _settle(place, version_id)
        except (StaleReadError, GoneError):
            continue
        bucket.delete(key, version_id)
        return
    raise StaleReadError


def _settle(place: Place, version_id: str | None) -> None:
    document = read(Document, place.organization_id, place.document_id)
    if document is None:
        bucket.delete(place.file_key)
        return
    pending_key = files.upload_key(document.key, place.upload_id)
    item = RECORDS.get(pending_key)
    found = bucket.head(place.upload_key, version_id)
    if item is None or found is None:
        return
    upload = PendingUpload.model_validate(item)
    sha256 = bucket.sha256(found)
    reason = _objection(upload, found, sha256)
    transaction = Transaction()
    transaction.delete(pending_key, Path("pk").exists())
    if reason is None:
        bucket.keep(found, place.file_key)
        _show(transaction, document, upload, place.file_key, sha256)
    else:
        _refuse(transaction, document, upload, reason)
    transaction.commit()


def _objection(upload: PendingUpload, found: Arrived, sha256: str) -> str | None:
    """Return why the file does not match its declaration; None if it does."""
    if found.size != upload.size:
        return f"The file has {found.size} bytes, not the declared {upload.size}."
    if found.content_type != upload.content_type:
        return "The content type is not the declared one."
    if upload.sha256 not in {None, sha256}:
        return "The checksum is not the declared one."
    kind = types.kind_of(upload.file_name)
    if not types.is_really(kind, BufferedReader(bucket.RemoteFile(found), READ_BYTES), found.size):
        return "The file is not what its name says."
    return None


def _show(
    transaction: Transaction,
    document: Document,
    upload: PendingUpload,
    file_key: str,
    sha256: str,
) -> None:
    stored = StoredFile(
        **{
            **upload.model_dump(exclude={"upload_id"}),
            "n": document.file_version + 1,
            "sha256": sha256,
            "created_on": clock.timestamp(clock.now()),
            "file_key": file_key,
        }
    )
    new = files.show(document.changed(upload.created_by), stored)
    transaction.save(new, document)
    files.keep_version(transaction, document, stored)


def _refuse(
    transaction: Transaction, document: Document, upload: PendingUpload, reason: str
) -> None:
    changes = {"rejection_reason": reason}
    if not document.file_version:
        changes["upload_status"] = "rejected"
    transaction.save(document.changed(upload.created_by, **changes), document)
