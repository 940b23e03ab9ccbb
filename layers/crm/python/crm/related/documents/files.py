"""The files of a document: declare, store, show, replace, and keep versions."""

from io import BytesIO

from pynamodb.expressions.operand import Path

from crm.platform import clock, ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import EntryList, ReadBudget
from crm.platform.dynamodb.queries import child_items, partition
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import FileNotAvailableError, NotFoundError, UnsupportedMediaTypeError
from crm.platform.fields import FormFile
from crm.platform.s3 import bucket
from crm.platform.s3.upload_schemas import FileDeclaration, Upload
from crm.platform.validation import validate
from crm.related.documents import types
from crm.related.documents.schemas import Document, PendingUpload, StoredFile
from crm.related.documents.storage import Place
from crm.tenancy.permissions import Caller

UPLOAD, VERSION = "upload", "version"


def new_upload(declared: FileDeclaration, user_id: str) -> PendingUpload:
    """Return the pending upload of a declared file.

    Raises:
        UnsupportedMediaTypeError, TooLargeError: Documents do not accept the file.
    """
    types.require_allowed(declared.name, declared.content_type, declared.size)
    return PendingUpload(
        upload_id=ids.new_id(),
        file_name=declared.name,
        content_type=declared.content_type,
        size=declared.size,
        sha256=declared.sha256,
        created_by=user_id,
    )


def expect(transaction: Transaction, document: Document, upload: PendingUpload) -> Upload:
    """Store the declaration of a file, and presign an upload form for exactly that file."""
    transaction.put(upload_key(document.key, upload.upload_id), upload.model_dump())
    url, fields = bucket.presigned_form(
        Place(document.organization_id, document.id, upload.upload_id).upload_key,
        upload.content_type,
        upload.size,
        upload.sha256,
    )
    return Upload(url=url, fields=fields, expires_on=bucket.form_expiry())


def store(caller: Caller, document_id: str, file: FormFile) -> StoredFile:
    """Store a file that was sent with the request.

    The file's key is derived from the document's id, which is the same in each retry of the
    request: the same bytes are written under the same key.

    Raises:
        UnsupportedMediaTypeError: The type is not accepted, or the bytes are of another type.
        ValidationFailedError: The file is empty, or has no usable name.
    """
    import hashlib

    content_type = file.content_type
    if content_type in {"", "application/octet-stream"}:
        content_type = types.guess(file.name)
    declared = validate(
        FileDeclaration,
        {"name": file.name, "content_type": content_type, "size": len(file.content)},
        "document_file",
    )
    types.require_allowed(declared.name, declared.content_type, declared.size)
    if not types.is_really(types.kind_of(declared.name), BytesIO(file.content), declared.size):
        raise UnsupportedMediaTypeError("The file is not what its name says.")
    place = Place(caller.organization_id, document_id, document_id)
    bucket.put(place.file_key, file.content, declared.content_type)
    return StoredFile(
        n=1,
        file_name=declared.name,
        content_type=declared.content_type,
        size=declared.size,
        sha256=hashlib.sha256(file.content).hexdigest(),
        created_on=clock.timestamp(clock.now()),
        created_by=caller.user_id,
        file_key=place.file_key,
    )


def show(document: Document, stored: StoredFile) -> Document:
    """Return the document with a new current file."""
    return document.model_copy(
        update={
            "upload_status": "available",
            "rejection_reason": None,
            "file_name": stored.file_name,
            "content_type": stored.content_type,
            "size": stored.size,
            "sha256": stored.sha256,
            "file_version": stored.n,
            "file_key": stored.file_key,
        }
    )


def keep_version(transaction: Transaction, document: Document, stored: StoredFile) -> None:
    """Store a file as a version of the document."""
    transaction.put(
        version_key(document.key, stored.n), stored.model_dump(), Path("pk").does_not_exist()
    )


def link(document: Document) -> str:
    """Return a short-lived presigned URL of the current file.

    Raises:
        FileNotAvailableError: The document has no file yet.
    """
    if document.file_key is None:
        raise FileNotAvailableError
    return bucket.presigned_link(document.file_key, document.file_name, document.content_type)


def link_of_version(caller: Caller, document_id: str, n: int) -> str:
    """Return a short-lived presigned URL of a version's file.

    Raises:
        NotFoundError: The document has no such version.
    """
    item = RECORDS.get(version_key(_document(caller, document_id), n))
    if item is None:
        raise NotFoundError
    stored = StoredFile.model_validate(item)
    return bucket.presigned_link(stored.file_key, stored.file_name, stored.content_type)


def versions(caller: Caller, document_id: str) -> EntryList:
    """List all current and former files of the document, newest first."""
    pk, between = child_items(_document(caller, document_id), VERSION)
    return partition(RECORDS, pk, ReadBudget(), between)


def upload_key(document: Key, upload_id: str) -> Key:
    return keys.child_item(document, UPLOAD, upload_id)


def version_key(document: Key, n: int) -> Key:
    return keys.child_item(document, VERSION, f"{n:06d}")


def _document(caller: Caller, document_id: str) -> Key:
    return keys.record(caller.organization_id, Document.KIND, document_id)
