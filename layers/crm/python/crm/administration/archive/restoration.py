"""Restoring an organization, piece by piece."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.administration.archive.lines import PEOPLE
from crm.administration.archive.manifest import INDEX, LINE_BYTES, MAX_PIECE_BYTES, Section, parse
from crm.administration.archive.of_parts import FileLine
from crm.administration.archive.people import People
from crm.administration.archive.sections import READERS, Here
from crm.administration.archive.writer import at
from crm.platform import json
from crm.platform.errors import InvalidBodyError, ValidationFailedError
from crm.platform.validation import validate
from crm.tenancy.permissions import Caller

Text = str | bytes


@dataclass(frozen=True)
class RestoredFile:
    """A file that a piece tells of, and that has to be there before the piece is taken in.

    Attributes:
        entry: its name in the archive.
        key: where it has to lie in the bucket.
        file_name: as a user knows it; its kind is what the bytes must be.
        content_type: its media type.
        size: bytes.
        sha256: of its bytes, in hex; None if the archive does not say.
    """

    entry: str
    key: str
    file_name: str
    content_type: str
    size: int
    sha256: str | None


class Restore:
    """Takes the pieces of an archive into an organization that holds nothing yet.

    What a line says is not trusted, see `lines`. A piece that was taken in by half is simply
    taken in again.

    Args:
        caller: an admin of the organization.
        position: where an earlier one was, between two pieces; None at the beginning.
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
        """Where it is, in JSON: what `take` was given last is before it.

        `counts` says how many lines of each section have been taken in.
        """
        return {
            "section": self._section,
            "number": self._number,
            "place": self._place,
            "counts": dict(self._counts),
        }

    def has_taken(self, name: str) -> bool:
        """Whether a piece is before `position`."""
        found = parse(name)
        if found is None:
            return False
        section, number = found
        return (INDEX[section.name], number) <= (self._section, self._number)

    def files(self, name: str, lines: Sequence[Text]) -> list[RestoredFile]:
        """The files that have to be there before a piece is taken in; most pieces have none.

        Raises:
            ValidationFailedError: as for `take`; nothing has been written.
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
        """Take in the next piece.

        Args:
            name: the piece's.
            lines: of the piece, without their ends.
            absent: entries of files that `files` has named, and that the archive does not hold.

        Raises:
            ValidationFailedError: it is no piece, not the next one, or has a line that cannot be
                accepted: the detail says which, and why. No line of it was written if that can
                be told from the piece alone.
            ConflictError: the organization holds something already.
            UnavailableError: DynamoDB is overloaded or out of reach; take it in again.
        """
        read = self._read(name, lines)
        section, number = self._next(name)
        here = Here(self._caller, self._known(), frozenset(absent))
        READERS[section.name].write(here, read)
        self._section, self._number = INDEX[section.name], number
        self._place = read[-1][1].place if read else self._place
        self._counts[section.name] = self._counts.get(section.name, 0) + len(read)

    def finish(self) -> None:
        """Demand that what makes an organization has been taken in.

        Raises:
            ValidationFailedError: the archive does not hold it.
        """
        for needed in ("manifest", "people", "organization", "members"):
            if needed not in self._counts:
                raise ValidationFailedError(f"The archive has no {needed}.")

    def _next(self, name: str) -> tuple[Section, int]:
        """The section and the number of a piece, which must be the next one.

        Raises:
            ValidationFailedError: it is not.
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
        """The lines of a piece, each with the words for where it stands.

        Raises:
            ValidationFailedError: one of them cannot be accepted.
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
    """The JSON value of a line.

    Raises:
        ValidationFailedError: it is none, or too long.
    """
    if len(text.encode() if isinstance(text, str) else text) > LINE_BYTES:
        raise ValidationFailedError(f"It is longer than {LINE_BYTES:,} bytes.")
    try:
        return json.parse(text)
    except InvalidBodyError as error:
        raise ValidationFailedError("It is not valid JSON.") from error
