"""Restores an organization, piece by piece."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.administration.archive.manifest import INDEX, LINE_BYTES, MAX_PIECE_BYTES, Section, parse
from crm.administration.archive.people import People
from crm.administration.archive.sections import READERS, RestoreContext
from crm.administration.archive.writer import at
from crm.platform import json
from crm.platform.errors import InvalidBodyError, ValidationFailedError
from crm.platform.validation import validate
from crm.records.archive.lines import PEOPLE
from crm.related.documents.archive import FileLine
from crm.tenancy.permissions import Caller

Text = str | bytes


@dataclass(frozen=True)
class RestoredFile:
    """A file that a piece refers to, and that must exist before the piece is restored.

    Attributes:
        entry: the name in the archive.
        key: the required object key in the bucket.
        file_name: the name that users see; the bytes must match its type.
        content_type: the media type.
        size: the size in bytes.
        sha256: the hash of the bytes, in hex; None if the archive has none.
    """

    entry: str
    key: str
    file_name: str
    content_type: str
    size: int
    sha256: str | None


class Restore:
    """Restores the pieces of an archive into an empty organization.

    Lines are untrusted, see `lines`. A piece that was restored partially is restored again.

    Args:
        caller: an admin of the organization.
        position: the `position` of an interrupted restore; None to begin one.
    """

    def __init__(self, caller: Caller, position: Mapping[str, Any] | None = None) -> None:
        begun = position or {}
        self._caller = caller
        self._section = int(begun.get("section", 0))
        self._number = int(begun.get("number", 0))
        self._place = str(begun.get("place", ""))
        self._counts: dict[str, int] = {
            name: int(count) for name, count in begun.get("counts", {}).items()
        }
        self._people: People | None = None

    @property
    def position(self) -> dict[str, Any]:
        """The position after the last piece given to `take`, as JSON values.

        `counts` is the number of restored lines of each section.
        """
        return {
            "section": self._section,
            "number": self._number,
            "place": self._place,
            "counts": dict(self._counts),
        }

    def has_taken(self, name: str) -> bool:
        """Return whether a piece is before `position`."""
        found = parse(name)
        if found is None:
            return False
        section, number = found
        return (INDEX[section.name], number) <= (self._section, self._number)

    def files(self, name: str, lines: Sequence[Text]) -> list[RestoredFile]:
        """Return the files that must exist before a piece is restored; most pieces have none.

        Raises:
            ValidationFailedError: The piece is invalid, as for `take`; nothing was written.
        """
        found = []
        for where, line in self._read(name, lines):
            if isinstance(line, FileLine):
                with at(where):
                    stored = line.stored(self._caller.organization_id)
                found.append(
                    RestoredFile(
                        entry=line.entry,
                        key=stored.file_key,
                        file_name=stored.file_name,
                        content_type=stored.content_type,
                        size=stored.size,
                        sha256=stored.sha256,
                    )
                )
        return found

    def take(self, name: str, lines: Sequence[Text], absent: Collection[str] = ()) -> None:
        """Restore the next piece.

        Args:
            name: the name of the piece.
            lines: the lines of the piece, without line ends.
            absent: entries of files that `files` returned, and that the archive does not contain.

        Raises:
            ValidationFailedError: The name is not that of the next piece, or a line is invalid:
                the detail says which, and why. No line was written if the piece alone shows the
                error.
            ConflictError: The organization is not empty.
            UnavailableError: DynamoDB is overloaded or unreachable; restore the piece again.
        """
        read = self._read(name, lines)
        section, number = self._next(name)
        here = RestoreContext(self._caller, self._known(), frozenset(absent))
        READERS[section.name].write(here, read)
        self._section, self._number = INDEX[section.name], number
        self._place = read[-1][1].place if read else self._place
        self._counts[section.name] = self._counts.get(section.name, 0) + len(read)

    def finish(self) -> None:
        """Require that the mandatory sections have been restored.

        Raises:
            ValidationFailedError: The archive does not contain one of them.
        """
        for needed in ("manifest", "people", "organization", "members"):
            if needed not in self._counts:
                raise ValidationFailedError(f"The archive has no {needed}.")

    def _next(self, name: str) -> tuple[Section, int]:
        """Return the section and the number of the next piece.

        Raises:
            ValidationFailedError: The name is not that of the next piece.
        """
        found = parse(name)
        if found is None:
            raise ValidationFailedError(f"{name[:100]}: is no piece of an archive.")
        section, number = found
        index = INDEX[section.name]
        if self._number == 0:
            follows = (index, number) == (0, 1)
        elif index == self._section:
            follows = number == self._number + 1
        else:
            follows = index > self._section and number == 1
        if not follows:
            raise ValidationFailedError(f"{name}: does not follow what was taken in before.")
        return section, number

    def _read(self, name: str, lines: Sequence[Text]) -> list[tuple[str, Any]]:
        """Return the lines of a piece, each with a description of its location.

        Raises:
            ValidationFailedError: A line is invalid.
        """
        section, number = self._next(name)
        if not 1 <= len(lines) <= section.size:
            raise ValidationFailedError(f"{name}: must have 1 to {section.size} lines.")
        if sum(map(len, lines)) > MAX_PIECE_BYTES:
            raise ValidationFailedError(f"{name}: is longer than {MAX_PIECE_BYTES:,} bytes.")
        model, context = READERS[section.name].line, {PEOPLE: self._known().ids}
        before = self._place if number > 1 else ""
        read: list[tuple[str, Any]] = []
        for at_line, text in enumerate(lines, 1):
            where = f"{name}, line {at_line}"
            with at(where):
                line: Any = validate(model, _value(text), context=context)
                place = line.place
                if section.name != PEOPLE and place <= before:
                    raise ValidationFailedError("It does not stand in the order of the section.")
            read.append((where, line))
            before = place
        return read

    def _known(self) -> People:
        if self._people is None:
            self._people = People.load(self._caller.organization_id)
        return self._people


def _value(text: Text) -> Any:
    """Return the JSON value of a line.

    Raises:
        ValidationFailedError: The line is not JSON, or too long.
    """
    if len(text.encode() if isinstance(text, str) else text) > LINE_BYTES:
        raise ValidationFailedError(f"It is longer than {LINE_BYTES:,} bytes.")
    try:
        return json.parse(text)
    except InvalidBodyError as error:
        raise ValidationFailedError("It is not valid JSON.") from error


def lines_of(content: bytes) -> list[bytes]:
    """Split the content of a stored piece into lines, for `Restore.take`."""
    lines = content.split(b"\n")
    return lines[:-1] if lines and not lines[-1] else lines
