"""Renders HTML from a tree of elements, so that no text is inserted into markup unescaped. Pure."""

import re
from collections.abc import Iterable
from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

Child: TypeAlias = "Element | str | Iterable[Child] | None"

_MARKED = re.compile(r"(`[^`]+`|\*\*.+?\*\*)")
_INLINE = frozenset({"a", "code", "em", "small", "span", "strong"})


def element(tag: str, *children: Child, **attributes: str | None) -> Element:
    """Return an element.

    Args:
        tag: name of the element.
        children: its content: elements, text, lists of those; None is ignored.
        attributes: a trailing underscore is removed (`class_`); None omits the attribute.
    """
    made = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.rstrip("_").replace("_", "-"), value)
    _append(made, children)
    return made


def render(root: Element) -> str:
    """Return the page as text. `tostring` escapes all text and all attributes."""
    return f"<!doctype html>\n{tostring(root, encoding='unicode', method='html').strip()}\n"


def inline(text: str) -> list[Child]:
    """Render a line of the Markdown that Brook's descriptions use: `code` and **strong**."""
    return [_marked(part) for part in _MARKED.split(text) if part]


def prose(text: str) -> list[Element]:
    """Render paragraphs and lists of Markdown."""
    blocks = [block.splitlines() for block in text.strip().split("\n\n") if block]
    return [
        element("ul", [element("li", inline(line.removeprefix("- "))) for line in lines])
        if all(line.startswith("- ") for line in lines)
        else element("p", inline(" ".join(lines)))
        for lines in blocks
    ]


def table(headings: Iterable[str], rows: Iterable[Element]) -> Element:
    """Return a table that scrolls separately if it is too wide."""
    head = element("thead", element("tr", [element("th", text, scope="col") for text in headings]))
    return element("div", element("table", head, element("tbody", rows)), class_="table")


def _marked(part: str) -> Child:
    if part.startswith("`"):
        return element("code", part.strip("`"))
    return element("strong", part.strip("*")) if part.startswith("**") else part


def _append(parent: Element, child: Child) -> None:
    if child is None:
        return
    if isinstance(child, Element):
        if child.tag not in _INLINE:
            child.tail = "\n"
        parent.append(child)
    elif isinstance(child, str):
        _append_text(parent, child)
    else:
        for one in child:
            _append(parent, one)


def _append_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
