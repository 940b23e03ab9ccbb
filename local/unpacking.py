"""Unpacks a layer once, instead of once per process that runs a function.

The engine writes some 1,500 files for every such process. Twenty concurrent calls, each the first
of its process, would keep a laptop busy for half a minute.
"""

import hashlib
import importlib
import tempfile
import threading
import zipfile
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_unpacking = threading.Lock()


def install() -> None:
    runtime: Any = importlib.import_module("ministack.core.lambda_runtime")
    runtime.zipfile = SimpleNamespace(
        ZipFile=SharedArchive,
        BadZipFile=zipfile.BadZipFile,
        LargeFileError=zipfile.LargeZipFile,
    )


class SharedArchive(zipfile.ZipFile):
    """Links the target directory to one shared unpacked copy."""

    def namelist(self) -> list[str]:
        """Return the names to check before unpacking; none if the copy exists."""
        return [] if self._shared.exists() else super().namelist()

    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        with _unpacking:
            if not self._shared.exists():
                self._shared.parent.mkdir(exist_ok=True)
                unfinished = Path(tempfile.mkdtemp(dir=self._shared.parent))
                super().extractall(unfinished, members or self.infolist(), pwd)
                unfinished.rename(self._shared)
        target = Path(path)
        target.rmdir()
        target.symlink_to(self._shared, target_is_directory=True)

    @cached_property
    def _shared(self) -> Path:
        """Path of the copy, a digest of the names and checksums in the archive's directory."""
        contents = sorted((info.filename, info.CRC, info.file_size) for info in self.infolist())
        name = hashlib.sha256(repr(contents).encode()).hexdigest()
        return Path(tempfile.gettempdir()) / "unpacked" / name
