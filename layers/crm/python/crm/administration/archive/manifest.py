"""Content and order of an archive. Pure.

Each section is a sequence of pieces, `<section>/<number>.jsonl`, and each line of a piece is one
record, or one dependent of a record, as it is stored; `manifest.json` and `organization.json` have
one line each. A reference comes after its target. The files of documents are beside the pieces,
under `files/<document id>/<number>`.

Omitted, because Brook generates it and users do not: notifications, executions of rules, webhook
deliveries and the secrets of webhook endpoints, responses of Idempotency-Keys, jobs, unfinished
uploads. The search index and the aggregates of boards and reports are computed again. Profiles of
former members come from the user pool or other organizations.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crm.records.registry import PLURALS, RECORD_TYPES, TARGET_TYPES

FORMAT = "brook"
VERSION = 1


@dataclass(frozen=True)
class Section:
    """A section of an archive.

    Attributes:
        name: the prefix of the names of its pieces.
        size: the maximum number of lines of a piece.
        is_single: whether the section is one piece of one line.
    """

    name: str
    size: int = 500
    is_single: bool = False

    def piece(self, number: int) -> str:
        """Return the name of a piece; numbers begin at 1."""
        return f"{self.name}.json" if self.is_single else f"{self.name}/{number:06d}.jsonl"


_BEFORE = {"document": ("document_files",)}
_AFTER = {
    "entity": ("identifiers", "contact_points", "addresses", "relationships"),
    "deal": ("deal_stays",),
    "document": ("attachments",),
}
"""Sections of child items and files, before and after that of their record kind."""


def _of_records() -> Iterator[str]:
    """Yield the sections of the record kinds: those that activities can be about come first."""
    for name in sorted(RECORD_TYPES, key=lambda name: name not in TARGET_TYPES):
        yield from (*_BEFORE.get(name, ()), PLURALS[name], *_AFTER.get(name, ()))


SECTIONS: tuple[Section, ...] = (
    Section("manifest", is_single=True),
    Section("people", 100),
    Section("organization", is_single=True),
    Section("members", 100),
    Section("teams", 50),
    Section("custom_fields"),
    Section("pipelines", 50),
    Section("webhook_endpoints"),
    *map(Section, _of_records()),
    Section("events"),
    Section("history"),
    Section("workflow_rules", 50),
)

INDEX = {section.name: at for at, section in enumerate(SECTIONS)}

PIECE_BYTES = 4_000_000
"""Bytes at which a piece ends, however few its lines: a reader holds a whole piece in memory."""

LINE_BYTES = 409_000
"""Bytes of the longest line: it is stored as one item."""

MAX_PIECE_BYTES = 10_000_000
"""Maximum bytes of a piece that a user has edited: it is held in memory, too."""

_PIECE = re.compile(r"(?P<section>[a-z_]+)(\.json|/(?P<number>[0-9]{6})\.jsonl)")


def parse(name: str) -> tuple[Section, int] | None:
    """Return the section and the number of a piece; None if the name is not one of a piece."""
    found = _PIECE.fullmatch(name)
    if found is None or found["section"] not in INDEX:
        return None
    section, number = SECTIONS[INDEX[found["section"]]], int(found["number"] or 1)
    return (section, number) if number and section.piece(number) == name else None
