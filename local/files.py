import os
from pathlib import Path


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file atomically: a reader, or a crash, finds the old content or the new."""
    data = content.encode() if isinstance(content, str) else content
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    unfinished.write_bytes(data)
    unfinished.replace(path)
