import json
from pathlib import Path

from local.files import write_atomically


class Outputs:
    """The deployed stack's outputs in `stack.json`, reread after each deployment."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: int | None = None
        self._values: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self.all().get(name)

    def all(self) -> dict[str, str]:
        try:
            changed_at = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return {}
        if changed_at != self._read_at:
            self._values = json.loads(self._path.read_text())
            self._read_at = changed_at
        return self._values

    def write(self, values: dict[str, str]) -> None:
        write_atomically(self._path, json.dumps(values, indent=2) + "\n")
