"""Lines of documents, files and attachments in archives, and what is restored with them."""

from typing import Annotated, Any

from pydantic import Field

from crm.platform.dynamodb import quotas
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import ValidationFailedError
from crm.platform.fields import Id, Name, Text, Time
from crm.records.archive.lines import Line, Person, RecordLine
from crm.records.archive.section import require
from crm.related.documents import attachment_links, files, service, types
from crm.related.documents.attachment_schemas import Attachment, TargetType
from crm.related.documents.schemas import Document, Status, StoredFile, Teams, UploadStatus
from crm.related.documents.storage import Place

MAX_NUMBER = 999_999
"""Highest version number of a file: keys contain it with this many digits."""

FileNumber = Annotated[int, Field(ge=1, le=MAX_NUMBER)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Title = Annotated[str, Field(max_length=1000)]
_OF_FILE = ("file_name", "content_type", "size", "sha256")


def file_entry(document_id: str, n: int) -> str:
    """Return the name of a document's file in an archive."""
    return f"files/{document_id}/{n}"


class FileLine(Line):
    """A current or former file of a document."""

    document_id: Id
    n: FileNumber
    file_name: Name
    content_type: Annotated[str, Field(max_length=255)]
    size: Annotated[int, Field(ge=1)]
    sha256: Sha256 | None = None
    created_on: Time
    created_by: Person

    @property
    def place(self) -> str:
        return f"{self.document_id}#{self.n:06d}"

    @property
    def entry(self) -> str:
        """The name of the file in the archive."""
        return file_entry(self.document_id, self.n)

    def stored(self, organization_id: str) -> StoredFile:
        """Return the version, with the key of its file in this organization.

        Raises:
            UnsupportedMediaTypeError, TooLargeError: The file is not allowed in documents.
        """
        types.require_allowed(self.file_name, self.content_type, self.size)
        place = Place(organization_id, self.document_id, str(self.n))
        return StoredFile(**self.model_dump(exclude={"document_id"}), file_key=place.file_key)


class DocumentLine(RecordLine):
    """A document; its current file is one of its file lines."""

    RECORD = Document

    title: Name
    status: Status
    shared_with: Teams = []
    upload_status: UploadStatus
    rejection_reason: Title | None = None
    file_name: Name
    content_type: Annotated[str, Field(max_length=255)]
    size: Annotated[int, Field(ge=1)]
    sha256: Sha256 | None = None
    file_version: Annotated[int, Field(ge=0, le=MAX_NUMBER)] = 0
    made_for_attachment: bool = False

    def fields(self, organization_id: str) -> dict[str, Any]:
        if bool(self.file_version) != (self.upload_status == "available"):
            raise ValidationFailedError.of("upload_status", "does not go with file_version")
        return super().fields(organization_id)


class AttachmentLine(RecordLine):
    """An attachment of a document to a record."""

    RECORD = Attachment

    related_to_type: TargetType
    related_to_id: Id
    document_id: Id
    description: Text | None = None
    uploaded_by: Person

    @property
    def place(self) -> str:
        return f"{self.document_id}#{self.id}"


def with_file(document: Document) -> Document:
    """Return a document with the key of its current file.

    Args:
        document: the document, with the number of its current file, or none.

    Raises:
        ValidationFailedError: The document has no such file.
    """
    if not document.file_version:
        return document
    item = RECORDS.get(files.version_key(document.key, document.file_version))
    stored = StoredFile.model_validate(item) if item else None
    if stored is None or any(getattr(stored, name) != getattr(document, name) for name in _OF_FILE):
        raise ValidationFailedError.of("file_version", "is none of the document's files")
    return document.model_copy(update={"file_key": stored.file_key})


def restore_attachment(transaction: Transaction, attachment: Attachment) -> None:
    """Attach a document to a record.

    Raises:
        ValidationFailedError: The document does not exist.
    The commit raises:
        DuplicateError: The document is already attached to the record.
        LimitExceededError: The document has the maximum number of attachments.
        ValidationFailedError: The record does not exist, or the document is deleted.
    """
    organization_id, document_id = attachment.organization_id, attachment.document_id
    document = service.of_attachments(organization_id, [document_id]).get(document_id)
    if document is None:
        raise ValidationFailedError.of("document_id", "names nothing that the archive holds")
    attachment_links.save(transaction, attachment, None, document.created_by)
    quotas.consume(
        transaction,
        organization_id,
        Attachment.KIND,
        attachment_links.group(document_id),
        attachment_links.MAX_ATTACHMENTS,
    )
    require(transaction, organization_id, attachment.target, "related_to_id")
    target = RecordRef(Document.KIND, document_id)
    require(transaction, organization_id, target, "document_id")
