"""Placeholders such as `{{record.name}}` in the texts of actions. Pure.

A placeholder is the name of a field, and is never an expression; values are inserted as text, even
if they look like placeholders.
"""

import re
import unicodedata
from collections.abc import Iterable

from crm.workflows.rules.values import Value, Values, plain

PREFIX = "record."
MAX_VALUE = 10_000
"""Characters that one placeholder may expand to."""

_PLACEHOLDER = re.compile(r"\{\{([^{}]{0,200})\}\}")


def has_any(text: str) -> bool:
    return _PLACEHOLDER.search(text) is not None


def unknown(text: str, known: Iterable[str]) -> list[str]:
    """Return the placeholders of a text that name no field.

    Args:
        text: the text.
        known: the field names of the record type.
    """
    named = {PREFIX + field for field in known}
    return [name for name in map(str.strip, _PLACEHOLDER.findall(text)) if name not in named]


def render(text: str, values: Values, limit: int, *, one_line: bool = False) -> str:
    """Return a text with its placeholders filled in; fields without value become empty.

    Args:
        text: the text.
        values: the values of the record.
        limit: maximum characters of the result; the rest is cut off.
        one_line: whether control characters, such as line ends, become spaces.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1].strip().removeprefix(PREFIX)
        return _words(values.get(name))[:MAX_VALUE]

    rendered = _PLACEHOLDER.sub(value, text)
    if one_line:
        rendered = "".join(map(_printed, rendered))
    return rendered[:limit]


def _printed(letter: str) -> str:
    return " " if unicodedata.category(letter) == "Cc" else letter


def _words(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(plain(value))
