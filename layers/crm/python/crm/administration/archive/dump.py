"""Dumping an organization, piece by piece."""

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
"""After so long, a request that made an id before the dump began has written its record."""


@dataclass(frozen=True)
class Piece:
    """A piece of an archive.

    Attributes:
        name: in the archive.
        lines: JSON texts, one for each line, without its end.
        files: what goes with it.
    """

    name: str
    lines: Sequence[str]
    files: Sequence[DumpedFile] = ()

    @property
    def content(self) -> bytes:
        """The bytes to be stored under its name."""
        return "".join(f"{line}\n" for line in self.lines).encode()


class Dump:
    """All pieces of an organization, in their order.

    Two dumps of an organization that does not change are equal. Of one that changes meanwhile,
    what is made after the dump began is not in it, and all that is in it goes together.

    Args:
        organization_id: whose.
        position: where an earlier one was, between two pieces; None at the beginning.
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
        """Where it is, in JSON: what `next` answered last is before it."""
        return {
            "section": self._section,
            "number": self._number,
            "after": self._after,
            "since": self._source.since,
            "left_out": sorted(self._source.left_out),
        }

    @property
    def left_out(self) -> int:
        """How many records, so far, came to hang on what is not in it, and are not either."""
        return len(self._source.left_out)

    def next(self) -> Piece | None:
        """The next piece, None after the last one.

        Raises:
            UnavailableError: DynamoDB is overloaded or out of reach; go on from `position`.
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
        """The rows of the next piece of a section; none if there is none."""
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
        """Wait until what was about to be written when the dump began has been."""
        age = (clock.now() - clock.moment(self._source.since)).total_seconds()
        time.sleep(max(0.0, SETTLING_SECONDS - age))
