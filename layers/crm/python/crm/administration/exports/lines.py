"""Formats records as lines of a file. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from crm.administration.csv import writer
from crm.administration.csv.fields import RecordType
from crm.administration.csv.values import joined

Record = Mapping[str, Any]

DOCUMENT_COLUMNS = (
    "id",
    "title",
    "status",
    "shared_with",
    "upload_status",
    "rejection_reason",
    "file_name",
    "content_type",
    "size",
    "sha256",
    "document_file",
    "version",
    "created_on",
    "created_by",
    "updated_on",
    "updated_by",
)


class Lines(Protocol):
    """A file format."""

    def opening(self) -> str:
        """Return the beginning of the file."""

    def line(self, record: Record) -> str:
        """Return the line of a record, given in the form of the API's response."""


class JsonLines:
    """JSON lines: one response of the API per line."""

    def opening(self) -> str:
        return ""

    def line(self, record: Record) -> str:
        # ASCII only: some readers take certain other characters for line ends.
        return json.dumps(record, separators=(",", ":")) + "\n"


@dataclass(frozen=True)
class Column:
    """The column of a custom field."""

    field_name: str
    field_label: str = ""
    field_type: str = "text"
    choices: list[str] = field(default_factory=list)


class Table:
    """CSV that can be imported again.

    Args:
        record_type: the type of the records.
        custom_fields: names of the custom fields that get columns.
    """

    def __init__(self, record_type: RecordType, custom_fields: Sequence[str]) -> None:
        self._record_type = record_type
        self._columns = [Column(name) for name in custom_fields]

    def opening(self) -> str:
        return writer.first_line(writer.header(self._record_type, self._columns))

    def line(self, record: Record) -> str:
        return writer.line(writer.cells(self._record_type, record, self._columns))


class DocumentTable:
    """CSV of documents."""

    def opening(self) -> str:
        return writer.first_line(DOCUMENT_COLUMNS)

    def line(self, record: Record) -> str:
        whole = {
            **record,
            "shared_with": joined(record["shared_with"]),
            "created_by": record["created_by"]["id"],
        }
        texts = ("" if whole[name] is None else str(whole[name]) for name in DOCUMENT_COLUMNS)
        return writer.line([writer.escape_formula(text) for text in texts])


def of(record_type: str, file_format: str, custom_fields: Sequence[str]) -> Lines:
    """Return the line format of a file.

    Args:
        record_type: the type of the records.
        file_format: `csv` or `jsonl`.
        custom_fields: names of the custom fields that get columns.
    """
    if file_format == "jsonl":
        return JsonLines()
    if record_type == "document":
        return DocumentTable()
    return Table(record_type, custom_fields)
