import fcntl
from pathlib import Path
from typing import IO


class Lock:
    """Held by the process that runs a stack; the system lets go of it however that process ends."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "lock"
        self._file: IO[str] | None = None

    def acquire(self) -> bool:
        """False when another process runs this stack."""
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True
