"""What is in an archive, and in which order. Pure.

Each section is a number of pieces, `<section>/<number>.jsonl`, and each line of a piece is one
record, or one thing that hangs on a record, as it is stored; `manifest.json` and
`organization.json` are one line each. What points to something comes after it. The files of
documents stand beside the pieces, under `files/<document id>/<number>`.

Left out, because it is Brook's own work and not what people made: notifications, executions of
rules, webhook deliveries and the secrets of webhook endpoints, answers to Idempotency-Keys, jobs,
uploads that have not arrived. The search index and the sums of boards and reports are made anew.
Former members are known by what the user pool or other organizations know of them.
"""

import re
from dataclasses import dataclass

FORMAT = "brook"
VERSION = 1


@dataclass(frozen=True)
class Section:
    """A part of an archive.

    Attributes:
        name: what the names of its pieces begin with.
        size: how many lines a piece has at most.
        is_single: it is one piece of one line.
    """

    name: str
    size: int = 500
    is_single: bool = False

    def piece(self, number: int) -> str:
        """The name of a piece; the first one is 1."""
        return f"{self.name}.json" if self.is_single else f"{self.name}/{number:06d}.jsonl"


SECTIONS: tuple[Section, ...] = (
    Section("manifest", is_single=True),
    Section("people", 100),
    Section("organization", is_single=True),
    Section("members", 100),
    Section("teams", 50),
    Section("custom_fields"),
    Section("pipelines", 50),
    Section("webhook_endpoints"),
    Section("entities"),
    Section("identifiers"),
    Section("contact_points"),
    Section("addresses"),
    Section("relationships"),
    Section("deals"),
    Section("deal_stays"),
    Section("leads"),
    Section("cases"),
    Section("activities"),
    Section("document_files"),
    Section("documents"),
    Section("attachments"),
    Section("events"),
    Section("history"),
    Section("workflow_rules", 50),
)

INDEX = {section.name: at for at, section in enumerate(SECTIONS)}

PIECE_BYTES = 4_000_000
"""A piece that has so many ends, however few its lines: whoever reads it holds it as a whole."""

LINE_BYTES = 409_000
"""What the longest line has: it is stored as one item."""

MAX_PIECE_BYTES = 10_000_000
"""What a piece may have that somebody has written into: it is held as a whole, too."""

_PIECE = re.compile(r"(?P<section>[a-z_]+)(\.json|/(?P<number>[0-9]{6})\.jsonl)")


def parse(name: str) -> tuple[Section, int] | None:
    """The section that a piece is of, and its number in it; None if this names no piece."""
    found = _PIECE.fullmatch(name)
    if found is None or found["section"] not in INDEX:
        return None
    section, number = SECTIONS[INDEX[found["section"]]], int(found["number"] or 1)
    return (section, number) if number and section.piece(number) == name else None


def file_entry(document_id: str, n: int) -> str:
    """Where a file of a document stands in an archive."""
    return f"files/{document_id}/{n}"
