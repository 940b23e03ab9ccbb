"""Dumps an organization, piece by piece."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.administration.archive.manifest import PIECE_BYTES, SECTIONS, Section
from crm.administration.archive.rows import ROWS, DumpedFile, Row
from crm.administration.archive.source import Source
from crm.platform import clock
from crm.platform.json import canonical

SETTLING_SECONDS = 5.0
"""Time after which a request that made an id before the dump began has written its record."""


@dataclass(frozen=True)
class Piece:
    """A piece of an archive.

    Attributes:
        name: the name in the archive.
        lines: JSON texts, one per line, without line ends.
        files: the files that belong to the piece.
    """

    name: str
    lines: Sequence[str]
    files: Sequence[DumpedFile] = ()

    @property
    def content(self) -> bytes:
        """The bytes to store under the name."""
        return "".join(f"{line}\n" for line in self.lines).encode()


class Dump:
    """All pieces of an organization, in order.

    Two dumps of an unchanged organization are equal. If the organization changes concurrently, the
    dump omits what is created after it began, and its content is consistent.

    Args:
        organization_id: the organization to dump.
        position: the `position` of an interrupted dump; None to begin a dump.
    """

    def __init__(self, organization_id: str, position: Mapping[str, Any] | None = None) -> None:
        begun = position or {}
        self._section = int(begun.get("section", 0))
        self._number = int(begun.get("number", 0))
        self._after = str(begun.get("after", ""))
        since = str(begun.get("since") or clock.timestamp(clock.now()))
        self._source = Source(organization_id, since, begun.get("left_out", []))
        self._rows: Iterator[Row] | None = None

    @property
    def position(self) -> dict[str, Any]:
        """The position after the last piece that `next` returned, as JSON values."""
        return {
            "section": self._section,
            "number": self._number,
            "after": self._after,
            "since": self._source.since,
            "left_out": sorted(self._source.left_out),
        }

    @property
    def left_out(self) -> int:
        """The number of records omitted so far because they depend on omitted records."""
        return len(self._source.left_out)

    def next(self) -> Piece | None:
        """Return the next piece, None after the last one.

        Raises:
            UnavailableError: DynamoDB is overloaded or unreachable; continue from `position`.
        """
        while self._section < len(SECTIONS):
            section = SECTIONS[self._section]
            if section.name == "entities":
                self._settle()
            rows = self._taken(section)
            if rows:
                self._number += 1
                lines = [canonical(row.line).decode() for row in rows]
                files = [row.file for row in rows if row.file is not None]
                return Piece(section.piece(self._number), lines, files)
            self._section, self._number, self._after, self._rows = self._section + 1, 0, "", None
        return None

    def _taken(self, section: Section) -> list[Row]:
        """Return the rows of the next piece of a section; empty after the last piece."""
        if section.is_single and self._number:
            return []
        if self._rows is None:
            self._rows = ROWS[section.name](self._source, self._after)
        taken: list[Row] = []
        left = PIECE_BYTES
        while len(taken) < section.size and left > 0:
            row = next(self._rows, None)
            if row is None:
                break
            taken.append(row)
            left -= len(canonical(row.line))
            self._after = row.place
        return taken

    def _settle(self) -> None:
        """Wait until writes that were in progress when the dump began are completed."""
        age = (clock.now() - clock.moment(self._source.since)).total_seconds()
        time.sleep(max(0.0, SETTLING_SECONDS - age))
