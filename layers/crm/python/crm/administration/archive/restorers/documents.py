"""Restores documents from an archive, after their files."""

from crm.platform.dynamodb.table import RECORDS
from crm.platform.errors import ValidationFailedError
from crm.related.documents import files
from crm.related.documents.schemas import Document, StoredFile

_OF_FILE = ("file_name", "content_type", "size", "sha256")


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
