"""Reads docstrings, for readers of the document instead of the code. Pure."""

import inspect
import re
from dataclasses import dataclass, field
from itertools import pairwise

from crm.platform.dynamodb.record import Record

_SECTION = re.compile(r"(Args|Attributes|Class attributes|Raises|Returns|Yields):")
_ENTRY = re.compile(r"    (\w+): (.+)")


@dataclass
class Docstring:
    """A docstring in its parts.

    Attributes:
        text: the text before the sections.
        attributes: the descriptions of its section `Attributes`, by name.
    """

    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """The first sentence, without its full stop."""
        return self._sentences[0].removesuffix(".")

    @property
    def rest(self) -> str:
        """The text after the first sentence."""
        return self._sentences[1] if len(self._sentences) > 1 else ""

    @property
    def _sentences(self) -> list[str]:
        return re.split(r"(?<=\.)\s+", self.text, maxsplit=1)


def read(documented: object) -> Docstring:
    """Return the docstring of a class or function itself, not an inherited one."""
    lines = inspect.cleandoc(getattr(documented, "__doc__", None) or "").splitlines()
    starts = [number for number, line in enumerate(lines) if _SECTION.fullmatch(line)]
    text = "\n".join(lines[: starts[0]] if starts else lines)
    found = Docstring(re.sub(r"(?<!\n)\n(?!\n)", " ", text).strip())
    for start, end in pairwise([*starts, len(lines)]):
        if lines[start] == "Attributes:":
            found.attributes = _entries(lines[start + 1 : end])
    return found


def of_attributes(cls: type) -> dict[str, str]:
    """Return the attribute descriptions of a class and its bases; the class takes precedence.

    `Record` addresses authors of records: the descriptions for clients are in `vocabulary`.
    """
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base is not Record and base.__module__.startswith("crm."):
            found |= read(base).attributes
    return found


def _entries(lines: list[str]) -> dict[str, str]:
    entries: dict[str, str] = {}
    name = ""
    for line in lines:
        if match := _ENTRY.fullmatch(line):
            name = match[1]
            entries[name] = match[2]
        elif name and line.strip():
            entries[name] += f" {line.strip()}"
    return entries
