"""Interface of the archive: dumps an organization to pieces of JSON lines, and restores it."""

from crm.administration.archive.dump import Dump as Dump
from crm.administration.archive.dump import Piece as Piece
from crm.administration.archive.emptiness import require_empty as require_empty
from crm.administration.archive.manifest import MAX_PIECE_BYTES as MAX_PIECE_BYTES
from crm.administration.archive.restoration import Restore as Restore
from crm.administration.archive.restoration import RestoredFile as RestoredFile
from crm.administration.archive.rows import DumpedFile as DumpedFile


def lines_of(content: bytes) -> list[bytes]:
    """Split the content of a stored piece into lines, for `Restore.take`."""
    lines = content.split(b"\n")
    return lines[:-1] if lines and not lines[-1] else lines
