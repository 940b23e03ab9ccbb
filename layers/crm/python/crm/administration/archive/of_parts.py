"""Lines of dependents of records, documents, files, timeline events and history. Pure."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from crm.administration.archive.lines import (
    CustomFields,
    Line,
    MadeId,
    Person,
    RecordLine,
    Version,
    here,
)
from crm.administration.archive.manifest import file_entry
from crm.platform.errors import ValidationFailedError
from crm.platform.fields import Enumerated, Id, Input, Name, Text, Time
from crm.records.registry import RECORD_TYPES
from crm.related.documents import types
from crm.related.documents.attachment_schemas import Attachment, TargetType
from crm.related.documents.schemas import Document, Status, StoredFile, Teams, UploadStatus
from crm.related.documents.storage import Place
from crm.sales.deals.schemas import StoredStageHistoryEntry
from crm.sales.entities import normalization
from crm.sales.entities.schemas import (
    Address,
    AddressWrite,
    ContactPoint,
    ContactPointWrite,
    Identifier,
    IdentifierWrite,
    Relationship,
    RelationshipWrite,
)

MAX_NUMBER = 999_999
"""Highest version number of a file: keys contain it with this many digits."""

FileNumber = Annotated[int, Field(ge=1, le=MAX_NUMBER)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Title = Annotated[str, Field(max_length=1000)]


class PartLine(RecordLine):
    """A child item of an entity."""

    entity_id: Id

    @property
    def place(self) -> str:
        return f"{self.entity_id}#{self.id}"


class IdentifierLine(PartLine, IdentifierWrite):
    """An identifier."""

    RECORD = Identifier


class ContactPointLine(PartLine, ContactPointWrite):
    """A contact point."""

    RECORD = ContactPoint

    def fields(self, organization_id: str) -> dict[str, Any]:
        try:
            value = normalization.of_channel(self.channel, self.value)
        except ValueError as error:
            raise ValidationFailedError.of("value", str(error)) from error
        return {**super().fields(organization_id), "value": value}


class AddressLine(PartLine, AddressWrite):
    """An address."""

    RECORD = Address


class RelationshipLine(RecordLine, RelationshipWrite):
    """A relationship, as stored at its source entity."""

    RECORD = Relationship

    from_entity: Id
    custom_fields: CustomFields = {}

    @property
    def place(self) -> str:
        return f"{self.from_entity}#{self.id}"

    def fields(self, organization_id: str) -> dict[str, Any]:
        if self.from_entity == self.to_entity:
            raise ValidationFailedError.of("to_entity", "cannot be the entity itself")
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise ValidationFailedError.of("end_date", "cannot be before start_date")
        return {**super().fields(organization_id), "entity_id": self.from_entity}


class StayLine(Line):
    """A stage history entry of a deal; the stage may be deleted."""

    deal_id: Id
    id: MadeId
    stage_id: Id
    stage_name: Name
    entered_on: Time
    left_on: Time | None = None
    seconds: Annotated[int, Field(ge=0, le=10**12)] | None = None
    entered_by: Person
    note: Text | None = None
    from_stage_id: Id | None = None
    from_stage_name: Name | None = None

    @property
    def place(self) -> str:
        return f"{self.deal_id}#{self.id}"

    def stay(self) -> StoredStageHistoryEntry:
        """Return the stage history entry.

        Raises:
            ValidationFailedError: The entry has only one of its end and its duration.
        """
        if (self.left_on is None) != (self.seconds is None):
            raise ValidationFailedError.of("seconds", "goes together with left_on")
        return StoredStageHistoryEntry(**self.model_dump(exclude={"deal_id"}))


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


class EventLine(Line):
    """A timeline event of a record that is not a record itself."""

    record_type: Literal["deal", "entity", "lead"]
    record_id: Id
    id: MadeId
    type: Literal["merge", "conversion"]
    by: Person
    title: Title
    data: Annotated[
        dict[Literal["from", "lead_id", "contact_id", "account_id", "deal_id"], Id | None],
        Field(max_length=5),
    ]

    @property
    def place(self) -> str:
        return f"{self.record_type}#{self.record_id}#{self.id}"


Value = str | Annotated[int, Field(ge=-(10**15), le=10**15)] | bool | list[str] | None


class ChangeLine(Input):
    """A change of one field."""

    field: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)?$", max_length=100)]
    old: Value = None
    new: Value = None

    @field_validator("old", "new")
    @classmethod
    def _who(cls, value: Any, info: ValidationInfo) -> Any:
        """Map the value of the owner field to this organization's user."""
        return here(value, info) if info.data.get("field") == "assigned_to" else value


class HistoryLine(Line):
    """One version of a record."""

    record_type: Annotated[str, Enumerated(*RECORD_TYPES)]
    record_id: Id
    version: Version
    at: Time
    by: Person
    action: Literal["created", "updated", "merged", "converted"]
    changes: Annotated[list[ChangeLine], Field(max_length=1000)]

    @property
    def place(self) -> str:
        return f"{self.record_type}#{self.record_id}#{self.version:010d}"
