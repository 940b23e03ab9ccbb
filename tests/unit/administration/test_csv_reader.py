"""CSV files: what they are, and their rows, from any place on."""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.administration.csv import reader
from crm.administration.csv.delimiters import delimiter_of
from crm.administration.csv.reader import MAX_CELL, MAX_COLUMNS, Row, Survey


class Slow(io.BytesIO):
    """A stream that gives few bytes at a time, and can only be read forward."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._size if size is None or size < 0 else min(size, self._size))

    def seekable(self) -> bool:
        return False


def survey(content: bytes) -> Survey:
    return reader.survey(io.BytesIO(content))


def read(content: bytes, found: Survey) -> list[Row]:
    stream = io.BytesIO(content[found.offset :])
    return list(reader.rows(stream, found, found.offset, found.line))


def cells_of(content: bytes) -> list[list[str]]:
    return [row.cells for row in read(content, survey(content))]


def in_pieces(content: bytes, found: Survey, limits: Sequence[int], size: int) -> list[Row]:
    """All rows, each call beginning where the last one ended."""
    all_rows: list[Row] = []
    offset, line = found.offset, found.line
    for limit in [*limits, None]:
        stream: BinaryIO = Slow(content[offset:], size)
        some = list(reader.rows(stream, found, offset, line, limit))
        assert limit is None or len(some) <= limit
        all_rows += some
        if some:
            offset, line = some[-1].end, some[-1].next_line
    return all_rows


LETTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
CELLS = st.text(LETTERS | st.sampled_from(",;\t\"'\r\n :="), max_size=8)
NAMES = st.text("abc ÄÖ\n\"'", min_size=1, max_size=5).filter(str.strip)
BREAK = re.compile("\r\n|\r|\n")

MARKS = {"utf-8": [b"", codecs.BOM_UTF8], "utf-16-le": [codecs.BOM_UTF16_LE]}
MARKS["utf-16-be"] = [codecs.BOM_UTF16_BE]


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    header = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=str.strip))
    row = st.lists(CELLS, min_size=len(header), max_size=len(header))
    return header, draw(st.lists(row, max_size=8))


@st.composite
def written(draw: st.DrawFn) -> tuple[list[str], list[list[str]], str, str, list[str], bytes]:
    """A table, the delimiter and the encoding, its rows as text, and the whole file."""
    header, rows = draw(tables())
    # Nothing tells the delimiter of a file of one column.
    delimiter = draw(st.sampled_from(",;\t")) if len(header) > 1 else ","
    writing: tuple[Any, str] = draw(
        st.sampled_from(
            [
                (csv.QUOTE_ALL, "\r"),
                (csv.QUOTE_ALL, "\n"),
                (csv.QUOTE_ALL, "\r\n"),
                (csv.QUOTE_NONNUMERIC, "\n"),
                (csv.QUOTE_MINIMAL, "\r\n"),  # with others the writer leaves CR or LF bare
            ]
        )
    )
    quoting, end = writing
    texts = []
    for row in [header, *rows]:
        target = io.StringIO(newline="")
        csv.writer(target, delimiter=delimiter, quoting=quoting, lineterminator=end).writerow(row)
        texts.append(target.getvalue())
    if draw(st.booleans()):
        texts[-1] = texts[-1].removesuffix(end)
    encoding = draw(st.sampled_from(sorted(MARKS)))
    mark = draw(st.sampled_from(MARKS[encoding]))
    return header, rows, delimiter, encoding, texts, mark + "".join(texts).encode(encoding)


@given(written(), st.lists(st.integers(0, 3), max_size=6), st.integers(1, 7))
def test_what_is_written_is_read_in_any_pieces(
    file: tuple[list[str], list[list[str]], str, str, list[str], bytes],
    limits: list[int],
    size: int,
) -> None:
    header, rows, delimiter, encoding, texts, content = file
    found = reader.survey(Slow(content, size))
    lines, ends = [1], [len(content) - len("".join(texts).encode(encoding))]
    for text in texts:
        breaks = len(BREAK.findall(text))
        lines.append(lines[-1] + breaks)
        ends.append(ends[-1] + len(text.encode(encoding)))
    expected = [
        (line, row, end)
        for line, row, end in zip(lines[1:], rows, ends[2:], strict=False)
        if any(cell.strip() for cell in row)
    ]
    assert found.header == tuple(name.strip() for name in header)
    assert found.encoding == encoding
    assert found.delimiter == delimiter
    assert found.rows == len(expected)
    assert found.offset == ends[1]
    assert found.line == lines[1] or not rows  # the file may end without a line end
    rows_read = in_pieces(content, found, limits, size)
    assert [(row.line, row.cells, row.end) for row in rows_read] == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_all_line_ends_are_read(end: str, last: bool) -> None:
    content = (end.join(["a,b", "1,2", "", '3,"x', 'y"', "5,6"]) + (end if last else "")).encode()
    found = survey(content)
    assert asdict(found) == {
        "encoding": "utf-8",
        "delimiter": ",",
        "header": ("a", "b"),
        "rows": 3,
        "offset": 3 + len(end),
        "line": 2,
    }
    rows = read(content, found)
    assert [row.cells for row in rows] == [["1", "2"], ["3", f"x{end}y"], ["5", "6"]]
    assert [row.line for row in rows] == [2, 4, 6]
    assert rows[-1].end == len(content)


def test_blank_lines_are_passed_over_but_counted() -> None:
    content = b"\n\na,b\n\n1,2\n,\n  , \n\n3,4\n\n"
    found = survey(content)
    assert (found.rows, found.offset, found.line) == (2, 6, 4)
    assert [(row.line, row.cells) for row in read(content, found)] == [
        (5, ["1", "2"]),
        (9, ["3", "4"]),
    ]


def test_rows_have_a_cell_for_each_column() -> None:
    content = b"a,b\n1\n1,2,3\n1,2,,\n4,5\n"
    found = survey(content)
    assert found.rows == 4
    assert [(row.cells, row.error) for row in read(content, found)] == [
        (["1", ""], ""),
        (["1", "2", "3"], "has 3 cells, and the header 2"),
        (["1", "2"], ""),
        (["4", "5"], ""),
    ]


def test_a_nul_is_an_error_of_its_row() -> None:
    content = b"a,b\n1,\0\n2,3\n"
    assert survey(content).rows == 2
    assert [row.error for row in read(content, survey(content))] == ["holds a NUL character", ""]


def test_quotes_within_a_text_stay() -> None:
    assert cells_of(b'a,b\nO"Neil,5" x\n"say ""hi""",\'q\'\n') == [
        ['O"Neil', '5" x'],
        ['say "hi"', "'q'"],
    ]


def test_cells_may_be_large() -> None:
    assert cells_of(b"a,b\n" + b"x" * MAX_CELL + b",2\n") == [["x" * MAX_CELL, "2"]]


WORKBOOK = "The file is a workbook or an archive: save it as CSV first."
SAVE = ' Save the file as "CSV UTF-8" and send it again.'

REFUSED = [
    (b"", "The file is empty."),
    (codecs.BOM_UTF8 + b"\n\n", "The file is empty."),
    (b"PK\x03\x04\x14", WORKBOOK),
    ("a,b".encode("utf-32"), "The file is UTF-32, which cannot be read: save it as UTF-8."),
    (
        "a,b\n1,2".encode("utf-16-le"),
        "The header holds NUL characters: the file is no text in UTF-8.",
    ),
    (b"a,b\n1,2\nx,Z\xfcrich\n", "Byte 12, in line 3, is not UTF-8." + SAVE),
    (b"a,b\r1,2\r\xfc", "Byte 9, in line 3, is not UTF-8." + SAVE),
    (codecs.BOM_UTF8 + b"a,b\n\xff", "Byte 8, in line 2, is not UTF-8." + SAVE),
    (b"a,b\n1,\xc3", "Byte 7, in line 2, is not UTF-8." + SAVE),
    ("a,b\n1".encode("utf-16")[:-1], "Byte 11, in line 2, is not UTF-16." + SAVE),
    (b"a,,c\n", "Column 2 has no name in the header."),
    (b"a, b ,b\n1,2,3\n", 'The header has the column "b" twice.'),
    (
        b",".join(str(n).encode() for n in range(MAX_COLUMNS + 1)),
        f"The header has more than {MAX_COLUMNS:,} columns.",
    ),
    (
        b'a,b\n1,2\n3,"x\ny\n',
        "The row that begins in line 3 has a quotation mark that is not closed.",
    ),
    (b'a,b\n3,"', "The row that begins in line 2 has a quotation mark that is not closed."),
    (
        b"a,b\n1,2\n" + b"x" * (MAX_CELL + 1) + b",2\n",
        "The row that begins in line 3 has a cell of more than 1,048,576 characters: "
        "is a quotation mark not closed?",
    ),
    (
        b'a,b\n1,"' + b"x\n" * MAX_CELL,
        "The row that begins in line 2 has a cell of more than 1,048,576 characters: "
        "is a quotation mark not closed?",
    ),
    (
        b"a,b\n" + b'"x",' * MAX_CELL * 2 + b"\n",
        "The row that begins in line 2 has more than 4,194,304 characters: "
        "is a quotation mark not closed?",
    ),
    (
        b"a,b\n" + b'"x\n",' * MAX_CELL + b"\n",
        "The row that begins in line 2 has more than 4,194,304 characters: "
        "is a quotation mark not closed?",
    ),
]


@pytest.mark.parametrize(("content", "message"), REFUSED, ids=[text for _, text in REFUSED])
def test_what_is_wrong_with_a_file_is_said(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        survey(content)


def test_empty_columns_at_the_end_of_the_header_are_none() -> None:
    content = b"a,b,,\n1,2,,\n1,2,3,\n"
    assert survey(content).header == ("a", "b")
    assert [row.error for row in read(content, survey(content))] == [
        "",
        "has 3 cells, and the header 2",
    ]


def test_bytes_that_cannot_be_read_come_after_what_stands_before_them() -> None:
    content = b"a,b\n1,2\n" + b"3,4\n" * 5 + b"\xff,2\n"
    found = Survey("utf-8", ",", ("a", "b"), 6, 4, 2)
    rows = reader.rows(io.BytesIO(content[4:]), found, 4, 2)
    assert [next(rows).line for _ in range(6)] == [2, 3, 4, 5, 6, 7]
    with pytest.raises(ValueError, match="Byte 29, in line 8, is not UTF-8"):
        next(rows)


DELIMITED = [
    ("Name,Email\n", ","),
    ("Name;Email\n", ";"),
    ("Name\tEmail\n", "\t"),
    ("Name\n", ","),
    ("Name\na;b\n", ","),
    ("", ","),
    ('"a;b;c",d\n1,2\n', ","),
    ("Name,Labels\nAnn,a;b\nBob,c;d\n", ","),
    ("Name;Price, EUR\nAnn;1,5\nBob;2\nCid;3,75\n", ";"),
    ("Name;Notes, remarks, other\nAnn;hello\nBob;hi\nCid;ho\n", ";"),
    ("Name,Email,Notes;Tags\nAnn,a@b,x;y\nBob,b@b,x;y\nCid,c@b,x;y,broken\n", ","),
    ('Name;Note\nAnn;"a,b\nc,d"\n', ";"),
]


@pytest.mark.parametrize(("text", "delimiter"), DELIMITED)
def test_the_delimiter_is_the_one_for_which_most_speaks(text: str, delimiter: str) -> None:
    assert delimiter_of(text.splitlines(keepends=True)) == delimiter


def test_memory_is_bounded() -> None:
    """A stream is asked for a piece at a time, and only as far as rows are wanted."""
    content = b"a,b\n" + b"1,2\n" * 100_000

    class Counting(io.BytesIO):
        asked = 0

        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 < size <= 64 * 1024
            self.asked += size
            return super().read(size)

    found = reader.survey(Counting(content))
    assert found.rows == 100_000
    stream = Counting(content[found.offset :])
    assert len(list(reader.rows(stream, found, found.offset, 2, 10))) == 10
    assert stream.asked == 64 * 1024
