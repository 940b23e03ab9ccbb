"""Allowed files of documents, and the comparison of bytes with their type."""

import gzip
import io
import json
import tarfile
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.platform.errors import TooLargeError, UnsupportedMediaTypeError
from crm.related.documents.types import CONTENT_TYPES, guess, is_really, kind_of, require_allowed


def archive(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(name, f"<{name}/>")
    return content.getvalue()


def tape() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as made:
        member = tarfile.TarInfo("plan.txt")
        member.size = 4
        made.addfile(member, io.BytesIO(b"text"))
    return content.getvalue()


def picture() -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(name + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + name + content + checksum

    header = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


SAMPLES: dict[str, bytes] = {
    "docx": archive("[Content_Types].xml", "word/document.xml"),
    "xlsx": archive("[Content_Types].xml", "xl/workbook.xml"),
    "pptx": archive("[Content_Types].xml", "ppt/presentation.xml"),
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\x00\n%%EOF\n",
    "jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9",
    "png": picture(),
    "gif": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    "svg": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "txt": "Grüße\n".encode(),
    "csv": b"name;amount\r\nBrook;1,5\r\n",
    "json": b'{"name": "Brook"}',
    "xml": b"<?xml version='1.0'?><a/>",
    "zip": archive("plan.txt"),
    "tar": tape(),
    "gz": gzip.compress(b"text"),
}

ALSO = {
    "docx": {"zip"},
    "xlsx": {"zip"},
    "pptx": {"zip"},
    "svg": {"xml", "txt", "csv"},
    "txt": {"csv"},
    "csv": {"txt"},
    "json": {"txt", "csv"},
    "xml": {"txt", "csv"},
}
"""Further types of the same bytes: a table is a text, an Office file is an archive."""


def really(kind: str, content: bytes) -> bool:
    return is_really(kind, io.BytesIO(content), len(content))


def test_there_is_a_sample_of_each_kind() -> None:
    assert set(SAMPLES) == set(CONTENT_TYPES)


@pytest.mark.parametrize("said", SAMPLES)
def test_bytes_are_what_they_are_said_to_be(said: str) -> None:
    accepted = {sent for sent, content in SAMPLES.items() if really(said, content)}
    assert accepted == {said} | {sent for sent, also in ALSO.items() if said in also}


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("jpg", b"\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00" + b"\0" * 20, True),
        ("jpg", b"\xff\xd8\xff\xdb\x00\x43\x00" + b"\x01" * 70, True),
        ("gif", b"GIF87a\x01\x00\x01\x00\x00\x00\x00;", True),
        ("pdf", b"%PDF-2.0\n%%EOF", True),
        ("txt", "Grüße".encode("latin-1"), True),
        ("txt", "Grüße".encode("utf-16"), True),
        ("txt", b"\xef\xbb\xbftext", True),
        ("txt", b"bell\x07", False),
        ("txt", b"nul\x00", False),
        ("txt", b"MZ\x90\x00\x03", False),
        ("csv", "a;ä\n".encode("cp1252"), True),
        ("json", b"[1, 2]", True),
        ("json", b"\xef\xbb\xbf{}", True),
        ("json", b'"text"', True),
        ("json", b"{'a': 1}", False),
        ("json", b"", False),
        ("json", b"[" * 100_000, True),
        ("json", b"[" * 5_000, False),
        ("json", b"[" + b"1," * 10_000 + b"1]", True),
        ("json", b"plain " * 10_000, False),
        ("xml", b"  \n<a/>", True),
        ("xml", "<a/>".encode("utf-16"), True),
        ("xml", b"a <b/>", False),
        ("svg", b"<svg/>", True),
        ("svg", b"<!-- x --><svg width='1'/>", True),
        ("svg", b"<html><body/></html>", False),
        ("zip", archive(), True),
        ("zip", SAMPLES["zip"][:-8], False),
        ("zip", b"PK\x03\x04", False),
        ("docx", archive("word/document.xml"), False),
        ("docx", archive("[Content_Types].xml"), False),
        ("docx", archive("[Content_Types].xml", "xword/document.xml"), False),
        ("txt", "ä".encode() * 10_000, True),
        ("txt", b"x" + "ä".encode() * 10_000, True),
        ("txt", b"x" * 10_000 + b"\0", True),
        ("png", b"", False),
        ("pdf", b"", False),
        ("gz", b"\x1f", False),
    ],
)
def test_borderline_cases(kind: str, content: bytes, expected: bool) -> None:
    assert really(kind, content) is expected


@given(st.sampled_from(sorted(SAMPLES)), st.sampled_from(sorted(SAMPLES)), st.data())
def test_spoiled_bytes_are_refused_or_not_but_never_an_error(
    said: str, sent: str, data: st.DataObject
) -> None:
    content = bytearray(SAMPLES[sent])
    changes = st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=9)
    for index, value in data.draw(changes):
        content[index] = value
    end = data.draw(st.integers(0, len(content)))
    assert really(said, bytes(content[:end])) in {True, False}


@given(st.sampled_from(sorted(SAMPLES)), st.binary(max_size=64))
def test_noise_is_no_archive_and_no_picture(kind: str, content: bytes) -> None:
    if kind not in {"txt", "csv", "json", "xml", "svg"}:
        assert not really(kind, content)


@given(st.recursive(st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=8))
def test_every_json_text_is_json(value: object) -> None:
    assert really("json", json.dumps(value).encode())


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("plan.pdf", "pdf"),
        ("PLAN.PDF", "pdf"),
        ("plan.old.Txt", "txt"),
        ("photo.jpeg", "jpg"),
        ("all.tar.gz", "gz"),
        ("all.tgz", "gz"),
        (".pdf", "pdf"),
        ("plan", ""),
        ("pdf", ""),
        ("plan.", ""),
        ("", ""),
        ("plan.pdf ", "pdf "),
    ],
)
def test_the_kind_is_what_the_name_says(name: str, kind: str) -> None:
    assert kind_of(name) == kind


@pytest.fixture
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_ALLOWED_FILE_TYPES", ",".join(SAMPLES))
    monkeypatch.setenv("CRM_MAX_FILE_BYTES", "100")


@pytest.mark.usefixtures("_settings")
class TestAllowed:
    """The extension is allowed, the type fits it, the size is within bounds."""

    @pytest.mark.parametrize("kind", SAMPLES)
    def test_each_type_fits_its_own_extension(self, kind: str) -> None:
        for content_type in CONTENT_TYPES[kind]:
            require_allowed(f"plan.{kind}", content_type, 1)
        require_allowed(f"plan.{kind}", guess(f"plan.{kind}"), 1)

    @pytest.mark.parametrize("kind", SAMPLES)
    def test_and_no_other(self, kind: str) -> None:
        known = {one for types in CONTENT_TYPES.values() for one in types}
        for content_type in known - set(CONTENT_TYPES[kind]):
            with pytest.raises(UnsupportedMediaTypeError):
                require_allowed(f"plan.{kind}", content_type, 1)

    @pytest.mark.parametrize(
        "content_type", ["text/plain; charset=utf-8", "text/plain;charset=utf-8", "TEXT/Plain"]
    )
    def test_a_type_in_other_words(self, content_type: str) -> None:
        require_allowed("plan.txt", content_type, 1)

    @pytest.mark.parametrize(
        "content_type",
        ["", "text", "text/", "text/plain,", "text/plain; x=y", "text/plain\n", " text/plain"],
    )
    def test_what_is_no_type(self, content_type: str) -> None:
        with pytest.raises(UnsupportedMediaTypeError):
            require_allowed("plan.txt", content_type, 1)

    @pytest.mark.parametrize("name", ["plan", "plan.exe", "plan.html", "plan.", "plan.txt.sh"])
    def test_an_extension_that_is_not_allowed(self, name: str) -> None:
        with pytest.raises(UnsupportedMediaTypeError):
            require_allowed(name, "text/plain", 1)

    def test_the_size(self) -> None:
        require_allowed("plan.txt", "text/plain", 100)
        with pytest.raises(TooLargeError):
            require_allowed("plan.txt", "text/plain", 101)

    def test_a_setting_allows_no_type_that_cannot_be_checked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CRM_ALLOWED_FILE_TYPES", "exe,txt")
        with pytest.raises(UnsupportedMediaTypeError):
            require_allowed("plan.exe", "application/octet-stream", 1)
