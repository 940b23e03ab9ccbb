"""A zip file that several invocations write, entry by entry, over `Appending`.

`zipfile` writes it, onto a stream that only goes forward. Between the steps nothing is kept but
what its directory will say of the entries. The same entries make the same bytes, however they are
cut into steps: every entry has the same date.
"""

import zipfile
from collections.abc import Iterable
from typing import Any, Self

from crm.platform.s3.append_object import Appending

CONTENT_TYPE = "application/zip"

_KEPT = (
    "filename",
    "compress_type",
    "CRC",
    "compress_size",
    "file_size",
    "header_offset",
    "flag_bits",
    "create_version",
    "extract_version",
    "external_attr",
)
"""What the directory says of an entry, and differs from entry to entry."""


class Zipping:
    """A zip file that is being written.

    Args:
        appending: the object that it is, in which nothing may be written otherwise.
        entries: those of earlier steps.
        note: what the caller kept.
    """

    def __init__(
        self, appending: Appending, entries: Iterable[list[Any]] = (), note: Any = None
    ) -> None:
        self.note = note
        self._appending = appending
        self._sink = _Sink(appending)
        self._archive = zipfile.ZipFile(self._sink, "w")
        self._archive.filelist.extend(_restored(kept) for kept in entries)
        for info in self._archive.filelist:
            self._archive.NameToInfo[info.filename] = info

    @classmethod
    def begin(cls, key: str) -> Self:
        """Begin a zip file, to be stored under a key."""
        return cls(Appending.begin(key, CONTENT_TYPE))

    @classmethod
    def resume(cls, token: str) -> Self:
        """Go on from where a step ended, as `Appending.resume` does.

        Raises:
            bucket.GoneError: a later step has been resumed already.
        """
        appending = Appending.resume(token)
        return cls(appending, appending.note["entries"], appending.note["note"])

    @property
    def length(self) -> int:
        """How many bytes have been written."""
        return self._appending.length

    @property
    def names(self) -> list[str]:
        """The entries, in their order."""
        return self._archive.namelist()

    def entry(self, name: str, chunks: Iterable[bytes], *, compressed: bool) -> None:
        """Write one entry. If that fails, the step has failed, and is taken again.

        Args:
            name: its path in the archive.
            chunks: its bytes.
            compressed: deflate them; False for what does not get smaller.

        Raises:
            ValueError: there is an entry of this name, or the step has ended.
        """
        self._require_whole()
        if name in self._archive.NameToInfo:
            raise ValueError("two entries of one name")
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
        try:
            with self._archive.open(info, "w", force_zip64=True) as written:
                for chunk in chunks:
                    written.write(chunk)
        except BaseException:
            self._sink.detach()
            raise

    def save(self) -> str:
        """End a step; the token that the next one begins with, once the caller has committed it.

        Nothing can be written after it, but by whoever resumes.

        Raises:
            ValueError: an entry has failed, or the step has ended already.
        """
        self._require_whole()
        self._sink.detach()
        entries = [[getattr(info, name) for name in _KEPT] for info in self._archive.filelist]
        self._appending.note = {"entries": entries, "note": self.note}
        return self._appending.save()

    def finish(self) -> None:
        """Write the directory, and make the file visible, as `Appending.finish` does.

        Raises:
            multipart.BrokenError: the file has to be written from its beginning.
            ValueError: an entry has failed, or the step has ended already.
        """
        self._require_whole()
        self._archive.close()
        self._sink.detach()
        self._appending.finish()

    def _require_whole(self) -> None:
        if not self._sink.is_attached:
            raise ValueError("the step has ended")


class _Sink:
    """What `zipfile` takes for a file that only goes forward.

    A `ZipFile` that is left to the garbage collector writes its directory at last: detached, the
    sink takes it, and forgets it.
    """

    def __init__(self, appending: Appending) -> None:
        self._appending = appending
        self.is_attached = True

    def detach(self) -> None:
        self.is_attached = False

    def write(self, content: bytes) -> int:
        if self.is_attached:
            self._appending.write(content)
        return len(content)

    def tell(self) -> int:
        return self._appending.length

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Whoever made it decides what becomes of the file."""


def _restored(kept: list[Any]) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo()
    for name, value in zip(_KEPT, kept, strict=True):
        setattr(info, name, value)
    return info
