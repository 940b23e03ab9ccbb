"""The operations of the OpenAPI document, which is made from the handlers. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from local.settings import ROOT

Schema = Mapping[str, Any]

JSON, FORM, PATCH = "application/json", "multipart/form-data", "application/merge-patch+json"


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    Attributes:
        method: HTTP method.
        path: with the names of its ids in braces.
        id: name of the function that answers it.
        parameters: of path, query and headers.
        bodies: the schema of the body, by media type.
        answers: the schemas of what it answers when it does what it is asked.
    """

    method: str
    path: str
    id: str
    parameters: tuple[Schema, ...]
    bodies: Mapping[str, Schema]
    answers: tuple[Schema, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def among(self, place: str) -> list[Schema]:
        """The parameters of the path, the query or the headers."""
        return [one for one in self.parameters if one["in"] == place]

    @property
    def body(self) -> Schema | None:
        """The schema of its JSON body."""
        return self.bodies.get(JSON)

    @property
    def in_organization(self) -> bool:
        """Whether it needs the header that names an organization."""
        return any(one["name"] == "organization-id" and one["required"] for one in self.parameters)


@cache
def document() -> Mapping[str, Any]:
    path = ROOT / "functions/api/docs/openapi.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


@cache
def operations() -> tuple[Operation, ...]:
    return tuple(
        _operation(method.upper(), path, described)
        for path, methods in document()["paths"].items()
        for method, described in methods.items()
    )


def resolved(part: Schema) -> Schema:
    """Resolve a reference; return other values unchanged."""
    while "$ref" in part:
        found: Any = document()
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def name_of(schema: Schema) -> str:
    """The name of a schema that is referred to; empty for one that stands where it is used."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def variants(schema: Schema) -> list[Schema]:
    """Return the members of a union without null; the schema itself if it is no union."""
    found = schema.get("oneOf") or schema.get("anyOf")
    if not found or "type" in schema:
        return [schema]
    return [one for one in found if one.get("type") != "null"]


def plain(schema: Schema) -> Schema:
    """A schema without references and without null; a union only where there is a choice."""
    schema = resolved(schema)
    while len(several := variants(schema)) == 1 and several[0] is not schema:
        schema = resolved(several[0])
    return schema


def properties(schema: Schema) -> dict[str, Schema]:
    """The properties that an object may have, those of all its variants."""
    found: dict[str, Schema] = {}
    for one in variants(resolved(schema)):
        found |= resolved(one).get("properties", {})
    return found


def _operation(method: str, path: str, described: Mapping[str, Any]) -> Operation:
    content = described.get("requestBody", {}).get("content", {})
    return Operation(
        method,
        path,
        described["operationId"],
        tuple(resolved(one) for one in described.get("parameters", [])),
        {kind: one["schema"] for kind, one in content.items()},
        tuple(
            one["schema"]
            for status, response in described["responses"].items()
            if status < "300"
            for kind, one in resolved(response).get("content", {}).items()
            if kind == JSON
        ),
    )


def schema_named(name: str) -> Schema:
    return dict(document()["components"]["schemas"][name])
