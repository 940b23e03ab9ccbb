import fcntl
from pathlib import Path
from typing import IO


class Lock:
    """A lock of the process that runs a stack; the system releases it however that process ends."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "lock"
        self._file: IO[str] | None = None

    def acquire(self) -> bool:
        """Acquire the lock; False if another process runs this stack."""
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True
