"""Attachments."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.record import Record
from crm.platform.fields import Enumerated, Id, Input, Output, PageQuery, Text, is_none
from crm.platform.s3.upload_schemas import FileDeclaration, Upload
from crm.records.registry import OWNED_TYPES

TargetType = Annotated[str, Enumerated(*OWNED_TYPES)]
"""The kinds of records that a document can be attached to."""


class AttachmentCreate(Input):
    """Body of `POST /api/attachments`: with a document that there is, or with a new file."""

    related_to_type: TargetType
    related_to_id: Id
    document_id: Id | None = None
    file: FileDeclaration | None = None
    description: Text | None = None


class AttachmentWrite(Input):
    """Body of PUT: what hangs where stays as it is."""

    description: Text | None = None


class AttachmentQuery(PageQuery):
    """The record whose attachments are listed."""

    related_to_type: TargetType
    related_to_id: Id


class Attachment(Record):
    """A document attached to a record."""

    KIND: ClassVar[str] = "attachment"
    entry_attributes: ClassVar[tuple[str, ...]] = (
        "related_to_type",
        "related_to_id",
        "document_id",
    )
    logged_ids: ClassVar[tuple[str, ...]] = ("document_id",)

    related_to_type: TargetType
    related_to_id: str
    document_id: str
    description: str | None = None
    uploaded_by: str

    @property
    def target(self) -> RecordRef:
        """The record that it is attached to, by kind and id."""
        return RecordRef(self.related_to_type, self.related_to_id)

    @property
    def about(self) -> RecordRef:
        return self.target

    def index_entries(self) -> Mapping[str, str]:
        return dict.fromkeys([related_list(*self.target), document_list(self.document_id)], self.id)

    def unique_constraints(self) -> Mapping[str, str]:
        """A document can be attached to a record only once."""
        return {"document_id": f"{self.related_to_type}|{self.related_to_id}|{self.document_id}"}


def related_list(record_type: str, record_id: str) -> str:
    """Attachments of a record."""
    return f"related#{record_type}#{record_id}"


def document_list(document_id: str) -> str:
    """Attachments of a document."""
    return f"document#{document_id}"


class AttachedDocument(Output):
    """What an attachment shows of its document."""

    id: str
    title: str
    file_name: str
    content_type: str
    size: int
    upload_status: Literal["pending", "available", "rejected"]
    document_file: str


class AttachmentAnswer(Attachment):
    """An attachment as it is answered.

    Attributes:
        document: null while the caller may not see it: it is inactive, or has no file yet.
    """

    document: AttachedDocument | None


class AttachmentCreated(AttachmentAnswer):
    """A new attachment; with a form for the file, if it comes with one."""

    upload: Upload | None = Field(default=None, exclude_if=is_none)
