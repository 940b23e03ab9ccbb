"""Imports: requests, options and progress."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, computed_field

from crm.jobs.records import Job
from crm.platform import clock
from crm.platform.fields import Enumerated, Input, Output
from crm.platform.s3.upload_schemas import FileDeclaration, Upload
from crm.records.registry import OWNED_TYPES

RecordType = Annotated[str, Enumerated(*OWNED_TYPES, "organization")]
OnDuplicate = Literal["create", "skip", "update"]
ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
FieldName = Annotated[str, StringConstraints(max_length=255)]

ORGANIZATION = "organization"
"""Not a record type, but all data of an organization, as its export contains it."""


class ImportOptions(Input):
    """How rows are written.

    Attributes:
        on_duplicate: what becomes of a row that matches a record: it is written as another
            record, passed over, or written over that record.
        match_on: the fields by which a row matches. They are tried in their order, and the first
            one that finds a record decides.
        dry_run: check all rows, write none.
        fire_rules: let workflow rules run for what is written.
    """

    on_duplicate: OnDuplicate = "create"
    match_on: Annotated[list[FieldName], Field(max_length=10)] = []
    dry_run: bool = False
    fire_rules: bool = False


class ImportCreate(Input):
    """Body of `POST /api/imports`.

    `mapping` says which field a column fills, where its name does not: column → field, or null
    for a column that is to be passed over.
    """

    record_type: RecordType
    file: FileDeclaration
    mapping: Annotated[dict[ColumnName, FieldName | None], Field(max_length=500)] = {}
    options: ImportOptions = ImportOptions()


class ImportSettings(Output):
    """The options of an import as they hold, fields by their full names."""

    on_duplicate: OnDuplicate
    match_on: list[str]
    dry_run: bool
    fire_rules: bool


class FileSummary(Output):
    """The file of an import."""

    name: str
    content_type: str
    size: int


class Source(Output):
    """The stored file of an import, and the progress in it.

    Attributes:
        key: key of the file in the bucket.
        survey: result of `csv.reader.survey`; None before the file was surveyed.
        offset: byte at which the next row begins.
        line: line in which the next row begins.
        indexed_to: sort key up to which the records have been indexed.
        is_indexed: whether all records have been indexed.
        faults: token of the unfinished error file.
        restored: progress of the restore of an archive.
    """

    key: str
    survey: dict[str, Any] | None = None
    offset: int = 0
    line: int = 0
    indexed_to: str | None = None
    is_indexed: bool = False
    faults: str | None = None
    restored: dict[str, Any] | None = None


class Import(Job):
    """A file whose rows become records.

    Attributes:
        total_rows: None until the file has been looked through.
        done_rows: those created, updated, skipped and failed.
        ignored_columns: columns that no field takes.
        error_file: where to download what is wrong with the rows that failed; None if none did.
        progressed_on: time of the last progress of rows.
        is_concluded: whether all work is done, including the error file.
    """

    KIND: ClassVar[str] = "import"
    private: ClassVar[frozenset[str]] = Job.private | {
        "source",
        "progressed_on",
        "is_concluded",
        "sha256",
    }

    record_type: RecordType
    file: FileSummary
    sha256: str | None = None
    mapping: dict[str, str | None] = {}
    options: ImportSettings
    total_rows: int | None = None
    done_rows: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed_rows: int = 0
    ignored_columns: list[str] = []
    error_file: str | None = None
    source: Source | None = None
    progressed_on: str | None = None
    is_concluded: bool = False

    @computed_field  # type: ignore[prop-decorator]
    @property
    def rows_per_second(self) -> float | None:
        """How quickly rows are done, on the average so far; None before the first ones."""
        if self.started_on is None or self.progressed_on is None:
            return None
        passed = clock.moment(self.progressed_on) - clock.moment(self.started_on)
        return round(self.done_rows / max(passed.total_seconds(), 0.001), 1)

    @property
    def has_work(self) -> bool:
        return self.source is not None and not self.is_concluded

    @property
    def prefix(self) -> str:
        """Key prefix of its files in the bucket."""
        return f"imports/{self.organization_id}/{self.id}/"

    @property
    def errors_key(self) -> str:
        return f"{self.prefix}errors.csv"


class ImportCreated(Import):
    """A new import: post the file to `upload`, and it begins."""

    upload: Upload
