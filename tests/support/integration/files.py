"""The smallest real file of each allowed type, and files that are not what they say."""

import gzip
import io
import tarfile
import zipfile

from tests.support.integration.client import PDF, File

_OFFICE = "application/vnd.openxmlformats-officedocument."
_WORD = f"{_OFFICE}wordprocessingml.document"
_SHEET = f"{_OFFICE}spreadsheetml.sheet"
_SLIDES = f"{_OFFICE}presentationml.presentation"

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000a49444154789c63000100000500010d0a2db40000000049454e44ae426082"
)
JPG = (
    bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300") + b"\x08" * 64 + b"\xff\xd9"
)
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + bytes(48) + b"PE\x00\x00"
HTML = b"<!doctype html><html><script>alert(1)</script></html>"


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, f"<{name}/>")
    return content.getvalue()


def tarred(name: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return content.getvalue()


REAL = [
    File("letter.docx", _WORD, zipped("[Content_Types].xml", "word/document.xml")),
    File("table.xlsx", _SHEET, zipped("[Content_Types].xml", "xl/workbook.xml")),
    File("slides.pptx", _SLIDES, zipped("[Content_Types].xml", "ppt/presentation.xml")),
    File("paper.pdf", "application/pdf", PDF),
    File("photo.jpg", "image/jpeg", JPG),
    File("photo.jpeg", "image/jpeg", JPG),
    File("icon.png", "image/png", PNG),
    File("dot.gif", "image/gif", GIF),
    File("logo.svg", "image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    File("notes.txt", "text/plain", "Grüße\n".encode()),
    File("notes-16.txt", "text/plain", "Grüße\n".encode("utf-16")),
    File("charset.txt", "text/plain; charset=utf-8", "Grüße\n".encode()),
    File("people.csv", "text/csv", b"name,age\nAda,36\n"),
    File("excel.csv", "application/vnd.ms-excel", b"name;age\nAda;36\n"),
    File("data.json", "application/json", b'{"a": [1, 2]}'),
    File("data.xml", "application/xml", b'<?xml version="1.0"?><a/>'),
    File("some.zip", "application/zip", zipped("a.txt")),
    File("some.tar", "application/x-tar", tarred("a.txt")),
    File("some.gz", "application/gzip", gzip.compress(b"Brook")),
    File("some.tar.gz", "application/gzip", gzip.compress(tarred("a.txt"))),
    File("UPPER.PDF", "application/pdf", PDF),
]

FALSE = [
    File("text.pdf", "application/pdf", b"This is no PDF, whatever its name says.\n"),
    File("plain-zip.docx", _WORD, zipped("a.txt")),
    File("sheet.docx", _WORD, zipped("[Content_Types].xml", "xl/workbook.xml")),
    File("program.jpg", "image/jpeg", EXE),
    File("program.txt", "text/plain", EXE),
    File("program.csv", "text/csv", EXE),
    File("program.pdf", "application/pdf", EXE),
    File("png.jpg", "image/jpeg", PNG),
    File("jpg.gif", "image/gif", JPG),
    File("page.json", "application/json", HTML),
    File("page.svg", "image/svg+xml", HTML),
    File("text.xml", "application/xml", b"no markup"),
    File("text.zip", "application/zip", b"PK but no archive"),
    File("cut.zip", "application/zip", zipped("a.txt")[:40]),
    File("text.tar", "application/x-tar", b"no archive" * 100),
    File("zip.gz", "application/gzip", zipped("a.txt")),
]
