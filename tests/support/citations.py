"""Tests that a document names: `path::test`."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

_CITATION = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def cited(text: str) -> list[tuple[str, str]]:
    """The tests that a text names."""
    return _CITATION.findall(text)


def missing(text: str) -> list[str]:
    """Return the cited tests that do not exist."""
    return [f"{path}::{name}" for path, name in cited(text) if name not in _tests(path)]


@cache
def _tests(path: str) -> frozenset[str]:
    file = ROOT / path
    if not file.exists():
        return frozenset()
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef))
