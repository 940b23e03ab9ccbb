"""Exports: requests and progress."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, computed_field

from crm.jobs.records import Job
from crm.platform import clock
from crm.platform.fields import Enumerated, Input
from crm.records.registry import RECORD_TYPES

RecordType = Annotated[str, Enumerated(*RECORD_TYPES, "organization")]
Format = Literal["csv", "jsonl", "zip"]
FilterName = Annotated[str, StringConstraints(max_length=255)]

ORGANIZATION = "organization"
"""Not a record type, but all data of an organization."""

CONTENT_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "zip": "application/zip",
}


class ExportCreate(Input):
    """Body of `POST /api/exports`.

    `filters` are the query parameters of the list of these records, but for those of its pages:
    with `{"status": "open"}`, the file holds what `GET /api/deals?status=open` would list.
    """

    record_type: RecordType
    format: Format
    filters: Annotated[dict[FilterName, Any], Field(max_length=50)] = {}


class Export(Job):
    """Records that become a file.

    Attributes:
        rows: how many are in the file, so far.
        left_out: records missing in an archive: what they refer to is newer, or deleted.
        size: of the file, in bytes, once it is there.
        file_expires_on: when the file is deleted.
        position: sort key at which the next page of the list begins; None at first.
        is_written: whether all rows are written, and only the publication of the file is left.
        token: token of the unfinished file of `Appending` or `Zipping`.
    """

    KIND: ClassVar[str] = "export"
    private: ClassVar[frozenset[str]] = Job.private | {"position", "is_written", "token"}

    record_type: RecordType
    format: Format
    filters: dict[str, Any] = {}
    rows: int = 0
    left_out: int = Field(
        default=0,
        description=(
            "How many records of an organization are not in its archive, because they came to hang "
            "on something that was made, or deleted, while it was written. Another export has them."
        ),
    )
    size: int | None = None
    file_expires_on: str | None = None
    position: str | None = None
    is_written: bool = False
    token: str | None = None

    @computed_field(description="Where the file is downloaded; null before it is there, and after.")  # type: ignore[prop-decorator]
    @property
    def file(self) -> str | None:
        return f"/api/exports/{self.id}/file" if self.has_file(clock.now()) else None

    def has_file(self, now: datetime) -> bool:
        return (
            self.status == "succeeded"
            and self.file_expires_on is not None
            and clock.timestamp(now) < self.file_expires_on
        )

    @property
    def has_work(self) -> bool:
        return not self.is_over or self.token is not None

    @property
    def file_key(self) -> str:
        """Key of the file in the bucket."""
        return f"exports/{self.organization_id}/{self.id}/{self.file_name}"

    @property
    def file_name(self) -> str:
        return f"{self.record_type}-{self.created_on[:10]}.{self.format}"

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.format]
