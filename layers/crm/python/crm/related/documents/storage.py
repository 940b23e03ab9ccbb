"""The keys of a document's files in the bucket.

Clients write under `uploads/` only, with a form that fixes everything about the file. Accepted
files are copied to `files/`, where clients cannot write: a form used again or late changes nothing.
"""

from dataclasses import dataclass

_UPLOADS = "uploads/"
_FILES = "files/"


@dataclass(frozen=True)
class Place:
    """The place of an upload, as in its key in the bucket."""

    organization_id: str
    document_id: str
    upload_id: str

    @property
    def upload_key(self) -> str:
        return f"{_UPLOADS}{self.organization_id}/{self.document_id}/{self.upload_id}"

    @property
    def file_key(self) -> str:
        return f"{_FILES}{self.organization_id}/{self.document_id}/{self.upload_id}"

    @classmethod
    def parse(cls, upload_key: str) -> "Place | None":
        """Return the place that an upload's key names; None for any other key."""
        pieces = upload_key.removeprefix(_UPLOADS).split("/")
        if not upload_key.startswith(_UPLOADS) or len(pieces) != 3:
            return None
        return cls(*pieces)
