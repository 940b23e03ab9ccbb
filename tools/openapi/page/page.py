"""The page: navigation on the left, resources and their operations on the right."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from tools.openapi.page.html import element, inline, prose, render
from tools.openapi.page.operation import OperationView

STYLE = Path(__file__).with_name("style.css")


def build(document: Mapping[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    groups: dict[str, list[OperationView]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            view = OperationView(document, method, path, operation)
            groups[operation["tags"][0]].append(view)
    body = element(
        "body",
        element("nav", [_navigation(*group) for group in groups.items()], aria_label="Operations"),
        element(
            "main",
            _introduction(document["info"]),
            [_section(tag, groups[tag["name"]]) for tag in document["tags"]],
        ),
    )
    return render(element("html", _head(document["info"]), body, lang="en"))


def _head(info: Mapping[str, Any]) -> Element:
    style = f"\n{STYLE.read_text()}"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", **{"http-equiv": "Content-Security-Policy"}, content=policy),
        element("title", info["title"]),
        element("style", style),
    )


def _navigation(name: str, views: list[OperationView]) -> Element:
    links = [element("li", view.link()) for view in views]
    heading = element("a", _title(name), href=f"#{name}", class_="resource")
    return element("div", heading, element("ul", links))


def _introduction(info: Mapping[str, Any]) -> Element:
    return element(
        "header",
        element("h1", info["title"], " ", element("small", info["version"])),
        prose(info["description"]),
        element(
            "p",
            "For programs: ",
            element("a", "openapi.json", href="/api/openapi.json"),
            ". Below, ",
            element("span", "*", class_="required"),
            " marks what is always there.",
            class_="note",
        ),
    )


def _section(tag: Mapping[str, Any], views: list[OperationView]) -> Element:
    return element(
        "section",
        element("h2", _title(tag["name"]), " ", element("small", inline(tag["description"]))),
        [view.article() for view in views],
        id=tag["name"],
    )


def _title(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").capitalize()
