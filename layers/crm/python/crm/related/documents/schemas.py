"""Documents, their files and their versions."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from crm.platform.dynamodb.record import Record
from crm.platform.fields import (
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
from crm.platform.s3.upload_schemas import FileDeclaration as FileDeclaration
from crm.platform.s3.upload_schemas import Upload as Upload
from crm.records.shared_record import SharedRecord
from crm.tenancy.profiles import Profile, TeamSummary

Status = Literal["active", "inactive"]
UploadStatus = Literal["pending", "available", "rejected"]
Teams = Annotated[Ids, Field(max_length=30)]
"""Exchanging all of them takes three operations each of the hundred that a transaction may have."""
RecordType = Literal["entity", "deal", "activity", "lead", "case"]


def _as_list(value: Any) -> Any:
    """A form's repeated field: one value is a list of one, an empty one is none."""
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
    """What a document holds, stored and answered alike.

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
    """A document, with the file that it shows at present.

    Attributes:
        file_version: number of the present file's version; 0 until the first file is available.
        file_key: where the present file lies in the bucket.
        made_for_attachment: it came with an attachment, and goes with the last one.
    """

    KIND: ClassVar[str] = "document"
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
        """A document that is inactive, or has no file yet, is its creator's alone."""
        return self.shared_with if self.visibility == "visible" else []

    @property
    def changing_teams(self) -> Sequence[str]:
        """A team reads what is shared with it; only its creator changes a document."""
        return []

    @property
    def visibility(self) -> str:
        if self.status == "inactive":
            return "inactive"
        return "visible" if self.file_version else "unavailable"

    @property
    def document_file(self) -> str:
        """Where the file is downloaded."""
        return f"/api/documents/{self.id}/file"

    def lists(self) -> Mapping[str, str]:
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
"""All documents that can be seen by more than their creators: active, and with a file.

Whoever finds documents by a record sees those of its documents that are in here. An entry of the
record's own list could not say it: there may be a hundred of them to keep up with one document.
"""


def status_list(status: Status) -> str:
    """All documents of a status."""
    return f"status#{status}"


def creator_list(user_id: str, status: Status) -> str:
    """A user's own documents of a status."""
    return f"creator#{user_id}#{status}"


def team_list(team_id: str, visibility: str) -> str:
    """What is shared with a team: `visible` to it, or not while `unavailable` or `inactive`."""
    return f"team#{team_id}#{visibility}"


def related_list(record_type: RecordType, record_id: str) -> str:
    """The documents attached to a record, whatever their state."""
    return f"related#{record_type}#{record_id}"


class DocumentHead(Output):
    """What every answer says of a document besides its own fields."""

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
    """A version, with the place of its file in the bucket."""

    file_key: str


class PendingUpload(Output):
    """A file that the client may upload until `expires_on`."""

    upload_id: str
    file_name: str
    content_type: str
    size: int
    sha256: str | None = None
    created_by: str
