"""Everything out, everything in: an organization as pieces of JSON lines, and back."""

from crm.archive.dumping import Dump as Dump
from crm.archive.dumping import Piece as Piece
from crm.archive.emptiness import require_empty as require_empty
from crm.archive.manifest import MAX_PIECE_BYTES as MAX_PIECE_BYTES
from crm.archive.restoring import Restore as Restore
from crm.archive.restoring import RestoredFile as RestoredFile
from crm.archive.rows import DumpedFile as DumpedFile


def lines_of(content: bytes) -> list[bytes]:
    """The lines of a piece as it was stored, to be taken in."""
    lines = content.split(b"\n")
    return lines[:-1] if lines and not lines[-1] else lines
