"""Bytes into lines of text, in bounded memory. Pure.

A line ends with LF, CRLF or CR, and keeps its end. Its bytes are as many as it has when it is
encoded again: both encodings that are read have one form for each text.
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

MAX_ROW = 4 * 1024 * 1024
"""Characters of a row: as many are held at a time, and not many more."""

_PIECE = 64 * 1024
_END = re.compile(r"\r\n?|\n")
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_NAMES = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


class _UndecodableError(Exception):
    """Args: the place of the byte in the file, from 0."""


def opening(stream: BinaryIO) -> tuple[str, int, bytes]:
    """What a file begins with: its encoding, how long its mark is, and the bytes behind it.

    Without a byte order mark a file is UTF-8.

    Raises:
        ValueError: it is a workbook or an archive, or UTF-32.
    """
    head = _filled(stream, 4)
    if head.startswith(b"PK\x03\x04"):
        raise ValueError("The file is a workbook or an archive: save it as CSV first.")
    if head in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE):
        raise ValueError("The file is UTF-32, which cannot be read: save it as UTF-8.")
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding, len(mark), head[len(mark) :]
    return "utf-8", 0, head


def lines(
    stream: BinaryIO, encoding: str, offset: int, number: int, head: bytes = b""
) -> Iterator[str]:
    """The lines from a place in a file on.

    Args:
        stream: the file, to be read forward only.
        encoding: as `opening` tells it.
        offset: the place in bytes, at which a line begins.
        number: that line's.
        head: bytes that have been read from the stream already.

    Raises:
        ValueError: bytes that the encoding does not know, or a line of more than `MAX_ROW`.
    """
    pending = ""
    try:
        for text in _texts(stream, encoding, offset, head):
            pending += text
            start = 0
            # A CR at the end may be the first half of a CRLF.
            for match in _END.finditer(pending, 0, len(pending) - pending.endswith("\r")):
                yield pending[start : match.end()]
                number, start = number + 1, match.end()
            pending = pending[start:]
            if len(pending) > MAX_ROW:
                raise too_long(number)
    except _UndecodableError as error:
        at = f"Byte {error.args[0] + 1:,}, in line {number + pending.endswith(chr(13)):,},"
        raise ValueError(
            f'{at} is not {_NAMES[encoding]}. Save the file as "CSV UTF-8" and send it again.'
        ) from error
    if pending:
        yield pending


def too_long(number: int) -> ValueError:
    return ValueError(
        f"The row that begins in line {number:,} has more than {MAX_ROW:,} characters: "
        "is a quotation mark not closed?"
    )


def _texts(stream: BinaryIO, encoding: str, offset: int, head: bytes) -> Iterator[str]:
    """The text in pieces. What stands before a byte that cannot be read comes first."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    piece = head or stream.read(_PIECE)
    while True:
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            yield error.object[: error.start].decode(encoding)
            raise _UndecodableError(offset - held + error.start) from error
        yield text
        if not piece:
            return
        offset += len(piece)
        piece = stream.read(_PIECE)


def _filled(stream: BinaryIO, size: int) -> bytes:
    """So many bytes, or all that there are: a stream may give fewer than it is asked for."""
    found = b""
    while len(found) < size and (more := stream.read(size - len(found))):
        found += more
    return found
