"""A zip file that several invocations write, entry by entry, on top of `Appending`.

`zipfile` writes it to a forward-only stream. Between the steps only the directory data of its
entries is kept. The same entries result in the same bytes, for any division into steps: every
entry has the same date.
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
"""Attributes of an entry in the directory that differ between entries."""


class Zipping:
    """A zip file that is being written.

    Args:
        appending: the object of the file, to which only this class may write.
        entries: directory data of the entries of earlier steps.
        note: the caller's note of the earlier step.
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
        """Begin a zip file that will be stored under a key."""
        return cls(Appending.begin(key, CONTENT_TYPE))

    @classmethod
    def resume(cls, token: str) -> Self:
        """Continue after a step, as `Appending.resume` does.

        Raises:
            bucket.GoneError: A later step has already been resumed.
        """
        appending = Appending.resume(token)
        return cls(appending, appending.note["entries"], appending.note["note"])

    @property
    def length(self) -> int:
        """Return the number of bytes written."""
        return self._appending.length

    @property
    def names(self) -> list[str]:
        """Return the names of the entries, in their order."""
        return self._archive.namelist()

    def entry(self, name: str, chunks: Iterable[bytes], *, compressed: bool) -> None:
        """Write an entry. If that fails, the step has failed and must be repeated.

        Args:
            name: path of the entry in the archive.
            chunks: bytes of the entry.
            compressed: whether to deflate them; False for incompressible content.

        Raises:
            ValueError: An entry of this name exists, or the step has ended.
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
        """End a step; return the token for the next step, which the caller must commit.

        After that, entries can be written only by a resumed instance.

        Raises:
            ValueError: An entry has failed, or the step has already ended.
        """
        self._require_whole()
        self._sink.detach()
        entries = [[getattr(info, name) for name in _KEPT] for info in self._archive.filelist]
        self._appending.note = {"entries": entries, "note": self.note}
        return self._appending.save()

    def finish(self) -> None:
        """Write the directory, and make the file visible, as `Appending.finish` does.

        Raises:
            multipart_upload.BrokenError: The file must be written anew.
            ValueError: An entry has failed, or the step has already ended.
        """
        self._require_whole()
        self._archive.close()
        self._sink.detach()
        self._appending.finish()

    def _require_whole(self) -> None:
        if not self._sink.is_attached:
            raise ValueError("the step has ended")


class _Sink:
    """A forward-only file for `zipfile`.

    A `ZipFile` writes its directory when it is garbage-collected: a detached sink discards it.
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
        """Do nothing: the sink has no buffer."""

    def close(self) -> None:
        """Do nothing: the owner of the sink completes or abandons the file."""


def _restored(kept: list[Any]) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo()
    for name, value in zip(_KEPT, kept, strict=True):
        setattr(info, name, value)
    return info
