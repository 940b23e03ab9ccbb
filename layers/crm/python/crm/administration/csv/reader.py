"""Reads CSV files, row by row, from any offset. Pure.

A file is text in UTF-8, with or without a byte order mark, or in UTF-16 with one, as spreadsheets
write it; its first row names the columns. `survey` reads it once and describes it;
`rows` reads a range of it. Neither holds more than a row and a piece of the stream.

An error of the file as a whole is a ValueError with a message for its sender: bytes of another
encoding, a quotation mark that is never closed, a cell of more than `MAX_CELL` characters, a
header with a missing or duplicate name. An error of a row is an attribute of the row. A row
whose cells are all empty is a blank line, and skipped.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

from crm.administration.csv.delimiters import delimiter_of
from crm.administration.csv.lines import MAX_ROW, lines, opening, too_long

MAX_CELL = 1024 * 1024
"""Characters per cell."""

MAX_COLUMNS = 1000

_SAMPLE_LINES, _SAMPLE_SIZE = 50, 256 * 1024

# The limit applies to the whole process, so it is set once, on import.
csv.field_size_limit(MAX_CELL)


@dataclass(frozen=True)
class Survey:
    """The description of a file.

    Attributes:
        encoding: `utf-8`, `utf-16-le` or `utf-16-be`.
        delimiter: `,`, `;` or a tab.
        header: the names of its columns, trimmed.
        rows: the number of its data rows.
        offset: the byte at which the data rows begin.
        line: the line in which the data rows begin.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    rows: int
    offset: int
    line: int


@dataclass(frozen=True)
class Row:
    """A row of data.

    Attributes:
        line: the physical line in which it begins; the first line of the file is 1.
        cells: as many as the header has; in a row with an error, its own number of cells.
        end: the byte after it, from which the next row can be read.
        next_line: the line that begins there.
        error: the error of the row, for the user; empty if there is none.
    """

    line: int
    cells: list[str]
    end: int
    next_line: int
    error: str = ""


def survey(stream: BinaryIO) -> Survey:
    """Read a file once, from its beginning to its end, and describe it.

    Args:
        stream: the file, at its beginning.

    Raises:
        ValueError: the file is not a readable CSV file; the message gives place and reason.
    """
    encoding, offset, head = opening(stream)
    unread = lines(stream, encoding, offset, 1, head)
    sample = _sample(unread)
    delimiter = delimiter_of(sample)
    found = _rows(_Lines(chain(sample, unread), encoding, offset, 1), delimiter)
    first = next(found, None)
    if first is None:
        raise ValueError("The file is empty.")
    header = _header(first)
    count = sum(1 for _ in found)
    return Survey(encoding, delimiter, header, count, first.end, first.next_line)


def rows(
    stream: BinaryIO, survey: Survey, offset: int, line: int, limit: int | None = None
) -> Iterator[Row]:
    """Yield rows of data, in the order of the file.

    Args:
        stream: the file, at `offset`; it is read forward only, and beyond the last row yielded.
        survey: the survey of the same file.
        offset: `offset` of the survey, or `end` of a row.
        line: the number of the line there: `line` of the survey, or `next_line` of that row.
        limit: maximum number of rows.

    Raises:
        ValueError: the file is not the surveyed one.
    """
    unread = lines(stream, survey.encoding, offset, line)
    found = _rows(_Lines(unread, survey.encoding, offset, line), survey.delimiter)
    for row in islice(found, limit):
        yield _fitted(row, len(survey.header))


class _Lines:
    """Lines for a csv reader, which requests them one by one, with their positions."""

    def __init__(self, unread: Iterator[str], encoding: str, offset: int, line: int) -> None:
        self._unread = unread
        self._encoding = encoding
        self.offset = offset
        self.line = line
        self.begin()

    def begin(self) -> None:
        """Begin a row: the next line is its first one."""
        self.first_line = self.line
        self._size = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        text = next(self._unread, None)
        if text is None:
            if self._size:  # only a quoted cell continues in further lines
                raise ValueError(
                    f"The row that begins in line {self.first_line:,} has a quotation mark "
                    "that is not closed."
                )
            raise StopIteration
        self._size += len(text)
        if self._size > MAX_ROW:
            raise too_long(self.first_line)
        self.offset += len(text.encode(self._encoding))
        self.line += 1
        return text


def _rows(unread: _Lines, delimiter: str) -> Iterator[Row]:
    """Yield all non-empty rows, with their original cells."""
    reader = csv.reader(unread, delimiter=delimiter)
    while True:
        unread.begin()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise ValueError(
                f"The row that begins in line {unread.first_line:,} has a cell of more than "
                f"{MAX_CELL:,} characters: is a quotation mark not closed?"
            ) from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield Row(unread.first_line, cells, unread.offset, unread.line)


def _fitted(row: Row, width: int) -> Row:
    """Return a row with a cell for each column, or with its error."""
    cells = row.cells
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    error = ""
    if len(cells) > width:
        error = f"has {len(cells)} cells, and the header {width}"
    elif any("\0" in cell for cell in cells):
        error = "holds a NUL character"
    else:
        cells = cells + [""] * (width - len(cells))
    return Row(row.line, cells, row.end, row.next_line, error)


def _header(row: Row) -> tuple[str, ...]:
    """Return the names of the columns; empty names at the end are left out.

    Raises:
        ValueError: a name is missing or duplicate, or there are too many.
    """
    names = [cell.strip() for cell in row.cells]
    while not names[-1]:
        names.pop()
    if any("\0" in name for name in names):
        raise ValueError("The header holds NUL characters: the file is no text in UTF-8.")
    if len(names) > MAX_COLUMNS:
        raise ValueError(f"The header has more than {MAX_COLUMNS:,} columns.")
    for place, name in enumerate(names):
        if not name:
            raise ValueError(f"Column {place + 1} has no name in the header.")
        if name in names[:place]:
            raise ValueError(f'The header has the column "{name[:100]}" twice.')
    return tuple(names)


def _sample(unread: Iterable[str]) -> list[str]:
    """Return the first lines of a file."""
    found: list[str] = []
    size = 0
    for text in unread:
        found.append(text)
        size += len(text)
        if len(found) == _SAMPLE_LINES or size > _SAMPLE_SIZE:
            break
    return found
