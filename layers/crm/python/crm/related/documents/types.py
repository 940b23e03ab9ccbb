"""The file types of documents, and checks of a file's bytes against its declared type. Pure."""

import json
import re
import zipfile
from collections.abc import Callable
from typing import BinaryIO

from crm.platform import config
from crm.platform.errors import TooLargeError, UnsupportedMediaTypeError

HEAD_BYTES = 8192
"""Bytes of a file that are inspected, besides an archive's directory."""

_OFFICE = "application/vnd.openxmlformats-officedocument."

CONTENT_TYPES: dict[str, tuple[str, ...]] = {
    "docx": (f"{_OFFICE}wordprocessingml.document",),
    "xlsx": (f"{_OFFICE}spreadsheetml.sheet",),
    "pptx": (f"{_OFFICE}presentationml.presentation",),
    "pdf": ("application/pdf",),
    "jpg": ("image/jpeg",),
    "png": ("image/png",),
    "gif": ("image/gif",),
    "svg": ("image/svg+xml",),
    "txt": ("text/plain",),
    "csv": ("text/csv", "application/csv", "application/vnd.ms-excel"),
    "json": ("application/json",),
    "xml": ("application/xml", "text/xml"),
    "zip": ("application/zip", "application/x-zip-compressed"),
    "tar": ("application/x-tar",),
    "gz": ("application/gzip", "application/x-gzip"),
}
"""Media types by extension: the IANA type first, then the types that browsers send for it."""

_ALIASES = {"jpeg": "jpg", "tgz": "gz"}
_DECLARATION = re.compile(r"([a-z0-9.+-]+/[a-z0-9.+-]+)(; ?charset=[a-z0-9-]+)?", re.IGNORECASE)
_TEXT_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


def kind_of(file_name: str) -> str:
    """Return the kind of a file by its name: its extension as spelled in `CONTENT_TYPES`."""
    extension = file_name.rpartition(".")[2].lower() if "." in file_name else ""
    return _ALIASES.get(extension, extension)


def guess(file_name: str) -> str:
    """Return the media type for a file name without a declared type."""
    return CONTENT_TYPES.get(kind_of(file_name), ("application/octet-stream",))[0]


def require_allowed(file_name: str, content_type: str, size: int) -> None:
    """Check that documents accept a file.

    Args:
        file_name: the client's name of the file.
        content_type: the declared media type.
        size: bytes.

    Raises:
        UnsupportedMediaTypeError: The extension is not allowed, or the type does not match it.
        TooLargeError: The file is larger than `CRM_MAX_FILE_BYTES`.
    """
    kind = kind_of(file_name)
    if kind not in config.allowed_file_types() or kind not in CONTENT_TYPES:
        raise UnsupportedMediaTypeError("Files with this extension are not accepted.")
    declared = _DECLARATION.fullmatch(content_type)
    if declared is None or declared[1].lower() not in CONTENT_TYPES[kind]:
        raise UnsupportedMediaTypeError("The content type does not fit the file name's extension.")
    if size > config.max_file_bytes():
        raise TooLargeError(f"A file may have up to {config.max_file_bytes()} bytes.")


def is_really(kind: str, content: BinaryIO, size: int) -> bool:
    """Return whether stored bytes are of the kind that the file's name declares.

    Args:
        kind: a result of `kind_of`.
        content: the bytes, seekable, so that a large file is not read as a whole.
        size: number of bytes.
    """
    content.seek(0)
    head = content.read(HEAD_BYTES)
    if kind in _ARCHIVES:
        return _is_archive(content, _ARCHIVES[kind])
    if kind in _TEXTS:
        text = _text(head, whole=size <= len(head))
        return text is not None and _TEXTS[kind](text, size <= len(head))
    return _has_signature(kind, head)


def _has_signature(kind: str, head: bytes) -> bool:
    from puremagic import PureError, magic_string

    try:
        return any(match.extension == f".{kind}" for match in magic_string(head))
    except (PureError, ValueError):
        return False


def _is_archive(content: BinaryIO, folder: str) -> bool:
    """Return whether it is a zip archive; for an Office file, one with the document's folder."""
    try:
        with zipfile.ZipFile(content) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        return False
    if not folder:
        return True
    return "[Content_Types].xml" in names and any(name.startswith(folder) for name in names)


def _text(head: bytes, *, whole: bool) -> str | None:
    """Decode the head of a text; None if it holds bytes that no text has."""
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return head[: len(head) // 2 * 2].decode("utf-16", errors="replace")
    if _TEXT_CONTROLS.intersection(head):
        return None
    if whole:
        return head.decode("utf-8-sig", errors="replace")
    return head.decode("utf-8-sig", errors="ignore")


def _is_json(text: str, whole: bool) -> bool:
    if not whole:
        return text.lstrip()[:1] in set('{["-0123456789tfn')
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_xml(text: str, _: bool) -> bool:
    return text.lstrip().startswith("<")


def _is_svg(text: str, whole: bool) -> bool:
    return _is_xml(text, whole) and "<svg" in text


def _is_text(_: str, __: bool) -> bool:
    return True


_ARCHIVES = {"zip": "", "docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
_TEXTS: dict[str, Callable[[str, bool], bool]] = {
    "txt": _is_text,
    "csv": _is_text,
    "json": _is_json,
    "xml": _is_xml,
    "svg": _is_svg,
}
