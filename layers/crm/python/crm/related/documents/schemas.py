"""Documents, their files and their versions."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from crm.platform.dynamodb.record import Record
from crm.platform.fields import (
    Enumerated,
    FormFile,
    Id,
    Ids,
    Input,
    Moment,
    Name,
    Output,
    PageQuery,
    UserId,
    is_none,
)
from crm.platform.s3.upload_schemas import FileDeclaration, Upload
from crm.records.registry import OWNED_TYPES
from crm.records.shared_record import SharedRecord
from crm.tenancy.profiles import Profile, TeamSummary

Status = Literal["active", "inactive"]
UploadStatus = Literal["pending", "available", "rejected"]
Teams = Annotated[Ids, Field(max_length=30)]
"""Limit because replacing a team takes three of the hundred operations of a transaction."""
RecordType = Annotated[str, Enumerated(*OWNED_TYPES)]


def _as_list(value: Any) -> Any:
    """Return a form's repeated field as a list: one value as a list of one, without empty ones."""
    values = [value] if isinstance(value, str) else value
    return [one for one in values if one != ""] if isinstance(values, list) else values


class DocumentReplace(Input):
    """Body of PUT: all three, so that nobody loses sharing by leaving it out."""

    title: Name
    status: Status
    shared_with: Teams


class DocumentCreate(Input):
    """Body of `POST /api/documents`."""

    title: Name
    status: Status = "active"
    shared_with: Teams = []
    file: FileDeclaration


class DocumentForm(Input):
    """The multipart form of `POST /api/documents`."""

    title: Name
    status: Status = "active"
    shared_with: Annotated[Teams, BeforeValidator(_as_list)] = []
    document_file: FormFile


class DocumentQuery(PageQuery):
    """Filters of the list of documents."""

    title: Annotated[str | None, StringConstraints(max_length=255)] = None
    status: Status | None = None
    shared_with: Id | None = None
    created_by: UserId | None = None
    created_after: Moment | None = None
    created_before: Moment | None = None
    related_to_type: RecordType | None = None
    related_to_id: Id | None = None


class DocumentFields(Output):
    """The fields of a document that are stored and returned alike.

    Attributes:
        rejection_reason: why the last upload was not accepted.
    """

    title: str
    status: Status = "active"
    shared_with: list[str] = []
    upload_status: UploadStatus = "pending"
    rejection_reason: str | None = None
    file_name: str
    content_type: str
    size: int
    sha256: str | None = None


class Document(DocumentFields, SharedRecord):
    """A document, with its current file.

    Attributes:
        file_version: number of the current file's version; 0 until the first file is available.
        file_key: key of the current file in the bucket.
        made_for_attachment: created for an attachment, and deleted with the last one.
    """

    KIND: ClassVar[str] = "document"
    BODY: ClassVar[type[BaseModel]] = DocumentReplace
    QUERY: ClassVar[type[PageQuery]] = DocumentQuery
    private: ClassVar[frozenset[str]] = Record.private | {
        "file_key",
        "file_version",
        "made_for_attachment",
    }
    entry_attributes: ClassVar[tuple[str, ...]] = ("created_by",)

    file_version: int = 0
    file_key: str | None = None
    made_for_attachment: bool = False

    @property
    def owners(self) -> Sequence[str]:
        return [self.created_by]

    @property
    def viewing_teams(self) -> Sequence[str]:
        """Only its creator may see a document that is inactive, or has no file yet."""
        return self.shared_with if self.visibility == "visible" else []

    @property
    def changing_teams(self) -> Sequence[str]:
        """Empty: teams may only read a document; its creator changes it."""
        return []

    @property
    def visibility(self) -> str:
        if self.status == "inactive":
            return "inactive"
        return "visible" if self.file_version else "unavailable"

    @property
    def document_file(self) -> str:
        """The download path of the file."""
        return f"/api/documents/{self.id}/file"

    def index_entries(self) -> Mapping[str, str]:
        names = [
            status_list(self.status),
            creator_list(self.created_by, self.status),
            *(team_list(team, self.visibility) for team in self.shared_with),
            *([VISIBLE_LIST] if self.visibility == "visible" else []),
        ]
        return dict.fromkeys(names, self.id)

    def searched_text(self) -> str:
        return self.title

    @classmethod
    def team_lists(cls, team_id: str) -> Sequence[str]:
        return [team_list(team_id, one) for one in ("visible", "unavailable", "inactive")]


VISIBLE_LIST = "visible"
"""All documents that others than their creators may see: active, and with a file.

A query by record intersects this list with the record's documents. An attribute on the index items
of the record's list would need up to a hundred updates whenever one document changes.
"""


def status_list(status: Status) -> str:
    """Documents of a status."""
    return f"status#{status}"


def creator_list(user_id: str, status: Status) -> str:
    """Documents of a status that a user created."""
    return f"creator#{user_id}#{status}"


def team_list(team_id: str, visibility: str) -> str:
    """Documents shared with a team: `visible` to it, or hidden (`unavailable`, `inactive`)."""
    return f"team#{team_id}#{visibility}"


def related_list(record_type: RecordType, record_id: str) -> str:
    """Documents attached to a record, in any state."""
    return f"related#{record_type}#{record_id}"


class DocumentHead(Output):
    """The common fields of a document's responses besides its own fields."""

    id: str
    document_file: str
    created_on: str
    updated_on: str
    updated_by: str
    version: int


class DocumentRow(DocumentFields, DocumentHead):
    """A document, as lists and writes answer it."""

    created_by: Profile


class DocumentCreated(DocumentRow):
    """A document that waits for its file."""

    upload: Upload | None = Field(default=None, exclude_if=is_none)


class DocumentObject(DocumentFields, DocumentHead):
    """A document inside its detail: people and teams as ids."""

    created_by: str


class DocumentDetail(Output):
    """One document, with the teams that see it and who made it."""

    document_obj: DocumentObject
    shared_with: list[TeamSummary]
    created_by: Profile


class FileVersion(Output):
    """A file that a document shows, or once showed.

    Attributes:
        n: 1 for the first.
    """

    n: int
    file_name: str
    content_type: str
    size: int
    sha256: str | None = None
    created_on: str
    created_by: str


class StoredFile(FileVersion):
    """A version, with the key of its file in the bucket."""

    file_key: str


class PendingUpload(Output):
    """A declared file that has not arrived yet; its form expires at `Upload.expires_on`."""

    upload_id: str
    file_name: str
    content_type: str
    size: int
    sha256: str | None = None
    created_by: str
