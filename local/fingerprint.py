import hashlib
import sys
from pathlib import Path

from local.settings import ROOT

WATCHED = ["template.yaml", "functions", "layers", "local/bridge.py", "local/sam.py"]
IGNORED = {"__pycache__", ".cache"}


def fingerprint() -> str:
    """Changes when what would be deployed changes."""
    digest = hashlib.sha256(sys.version.encode())
    for path in _files():
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _files() -> list[Path]:
    found = []
    for name in WATCHED:
        path = ROOT / name
        found += [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sorted(p for p in found if not IGNORED.intersection(p.relative_to(ROOT).parts))
