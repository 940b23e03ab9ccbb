"""Decodes bytes into lines of text, in bounded memory. Pure.

A line ends with LF, CRLF or CR, and keeps its end. The number of its bytes is that of its encoded
text: both supported encodings have one form for each text.
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

MAX_ROW = 4 * 1024 * 1024
"""Characters per row: the maximum held in memory, apart from a piece of the stream."""

_PIECE = 64 * 1024
_END = re.compile(r"\r\n?|\n")
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_NAMES = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


class _UndecodableError(Exception):
    """Args: the offset of the byte in the file, from 0."""


def opening(stream: BinaryIO) -> tuple[str, int, bytes]:
    """Return a file's encoding, the length of its byte order mark, and the bytes read after it.

    Without a byte order mark a file is UTF-8.

    Raises:
        ValueError: the file is a workbook or an archive, or UTF-32.
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
    """Yield the lines from an offset in a file.

    Args:
        stream: the file, read forward only.
        encoding: the encoding that `opening` has returned.
        offset: the offset in bytes, at which a line begins.
        number: the number of that line.
        head: bytes that have already been read from the stream.

    Raises:
        ValueError: bytes are invalid in the encoding, or a line is longer than `MAX_ROW`.
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
    """Yield the text in pieces; text before an undecodable byte is yielded before the error."""
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
    """Read `size` bytes, or all that exist: a stream may return fewer than requested."""
    found = b""
    while len(found) < size and (more := stream.read(size - len(found))):
        found += more
    return found
