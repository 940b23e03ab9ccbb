import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from local.settings import ROOT

WATCHED = [
    "template.yaml",
    "functions",
    "layers",
    "local/bridge.py",
    "tools/openapi/page",
    "local/sam.py",
]
IGNORED = {"__pycache__", ".cache"}


def fingerprint(parameters: Sequence[str]) -> str:
    """Return a digest that changes when the files to deploy or the parameters change.

    Args:
        parameters: parameters of the template, `NAME=VALUE`.
    """
    digest = hashlib.sha256("\0".join([sys.version, *parameters]).encode())
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
