"""Attachments."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from crm.store.records import Record

TargetType = Literal["entity", "deal", "activity", "lead", "case"]
"""What a document can be attached to."""


class Attachment(Record):
    """A document on a record."""

    KIND: ClassVar[str] = "attachment"
    entry_attributes: ClassVar[tuple[str, ...]] = ("related_to_type", "related_to_id")

    related_to_type: TargetType
    related_to_id: str
    document_id: str
    description: str | None = None
    uploaded_by: str

    def lists(self) -> Mapping[str, str]:
        return dict.fromkeys(
            [
                related_list(self.related_to_type, self.related_to_id),
                document_list(self.document_id),
            ],
            self.id,
        )

    def uniques(self) -> Mapping[str, str]:
        """A document hangs on a record once."""
        return {"document_id": f"{self.related_to_type}|{self.related_to_id}|{self.document_id}"}


def related_list(record_type: str, record_id: str) -> str:
    """What is attached to a record."""
    return f"related#{record_type}#{record_id}"


def document_list(document_id: str) -> str:
    """Where a document is attached."""
    return f"document#{document_id}"
