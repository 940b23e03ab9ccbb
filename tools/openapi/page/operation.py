"""One operation on the page."""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from tools.openapi.page import curl, fields
from tools.openapi.page.html import Child, element, inline, prose, table

Document = Mapping[str, Any]


class OperationView:
    """An operation of a document, as an article.

    Args:
        document: the document, to resolve the operation's references.
        method: HTTP method, in lower case.
        path: template of the path.
        operation: the operation.
    """

    def __init__(
        self, document: Document, method: str, path: str, operation: Mapping[str, Any]
    ) -> None:
        self._document = document
        self._schemas = document["components"]["schemas"]
        self._method = method
        self._path = path
        self._operation = operation

    @property
    def id(self) -> str:
        return str(self._operation["operationId"])

    def link(self) -> Element:
        """Return the link in the navigation."""
        return element(
            "a",
            _badge(self._method),
            _path(self._path.removeprefix("/api")),
            href=f"#{self.id}",
            title=self._operation["summary"],
        )

    def article(self) -> Element:
        return element(
            "article",
            element("h3", inline(self._operation["summary"])),
            element("p", _badge(self._method), " ", _path(self._path), class_="address"),
            prose(self._operation.get("description", "")),
            self._public(),
            self._parameters(),
            self._bodies(),
            self._answers(),
            self._errors(),
            self._example(),
            id=self.id,
        )

    def _resolve(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in part:
            return part
        found: Any = self._document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return dict(found)

    def _public(self) -> Element | None:
        public = self._operation.get("security") == []
        return element("p", "Needs no token.", class_="note") if public else None

    def _parameters(self) -> list[Element]:
        parameters = [self._resolve(one) for one in self._operation["parameters"]]
        rows = [
            _row(
                fields.Row(
                    0,
                    one["name"],
                    one["required"],
                    fields.type_of(one["schema"], self._schemas),
                    one.get("description", ""),
                ),
                one["in"],
            )
            for one in parameters
        ]
        headings = ("Parameter", "In", "Type", "Meaning")
        return [element("h4", "Parameters"), table(headings, rows)] if rows else []

    def _bodies(self) -> list[Child]:
        content = self._operation.get("requestBody", {}).get("content", {})
        by_schema: dict[str, list[str]] = {}
        for media, one in content.items():
            by_schema.setdefault(one["schema"]["$ref"], []).append(media)
        return [
            [
                element("h4", "Body ", element("small", " or ".join(medias))),
                self._fields({"$ref": target}),
            ]
            for target, medias in by_schema.items()
        ]

    def _answers(self) -> list[Child]:
        return [
            [
                element("h4", f"Answer {status} ", element("small", *answer.get("content", {}))),
                prose(answer["description"]),
                self._headers(answer),
                [self._fields(one["schema"]) for one in answer.get("content", {}).values()],
            ]
            for status, answer in self._responses()
            if status < "400"
        ]

    def _headers(self, answer: Mapping[str, Any]) -> Element | None:
        names = answer.get("headers", {})
        if not names:
            return None
        listed: list[Child] = []
        for name in names:
            listed += [", " if listed else "Headers: ", element("code", name)]
        return element("p", listed, class_="note")

    def _fields(self, schema: Mapping[str, Any]) -> list[Element]:
        """Return a table of the fields; one per kind, if there are several."""
        kinds = fields.kinds(schema, self._schemas)
        shown: list[Element] = []
        for kind in kinds:
            rows = [_row(one) for one in fields.rows(kind, self._schemas)]
            if len(kinds) > 1:
                shown.append(element("p", fields.title(kind), class_="note"))
            if rows:
                shown.append(table(("Field", "Type", "Meaning"), rows))
        return shown

    def _errors(self) -> Element:
        rows = [
            element("tr", element("td", status), element("td", prose(answer["description"])))
            for status, answer in self._responses()
            if status >= "400"
        ]
        return element(
            "details", element("summary", "Errors"), table(("Status", "Code and meaning"), rows)
        )

    def _example(self) -> list[Element]:
        parameters = [self._resolve(one) for one in self._operation["parameters"]]
        headers = [one for one in parameters if one["in"] == "header"]
        commands = curl.commands(self._method, self._path, self._operation, headers)
        return [
            element("h4", "Example"),
            *(element("pre", element("code", command)) for command in commands),
        ]

    def _responses(self) -> list[tuple[str, Mapping[str, Any]]]:
        return [
            (status, self._resolve(one)) for status, one in self._operation["responses"].items()
        ]


def _badge(method: str) -> Element:
    return element("span", method.upper(), class_=f"method {method}")


def _path(path: str) -> Element:
    """Return the path, with optional line breaks after its slashes."""
    parts: list[Child] = []
    for step in path.split("/")[1:]:
        parts += ["/", element("wbr") if parts else None, step]
    return element("code", parts)


def _row(row: fields.Row, *between: str) -> Element:
    name: list[Child] = [element("code", row.name)]
    if row.required:
        name += [" ", element("span", "*", class_="required", title="always there")]
    return element(
        "tr",
        element("td", name, class_=f"depth-{row.depth}"),
        [element("td", text) for text in between],
        element("td", row.type, class_="type"),
        element("td", inline(row.description)),
    )
