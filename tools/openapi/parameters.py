"""Parameters of requests: path, query string and headers."""

import re
from typing import Any

from crm.http.app import Route
from crm.http.idempotency import MAX_KEY_LENGTH
from crm.platform.errors import VersionConflictError
from tools.openapi import particulars
from tools.openapi.components import Components, Schema
from tools.openapi.formats import USER_ID

_HEADERS: dict[str, tuple[str, bool, Schema, str]] = {
    "OrganizationId": (
        "organization-id",
        True,
        {"type": "string", "format": "uuid"},
        "The organization to work in. The caller is an active member of it.",
    ),
    "IfMatch": (
        "If-Match",
        False,
        {"type": "string"},
        "Write only if the record still has this `ETag`; `*` means any.",
    ),
    "IdempotencyKey": (
        "Idempotency-Key",
        False,
        {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH},
        "Do it once: for 24 hours, the same key and body get the first answer again.",
    ),
}


def shared() -> dict[str, Schema]:
    """Return the headers that many operations accept, as components."""
    return {
        name: _parameter("header", header, required, schema, description)
        for name, (header, required, schema, description) in sorted(_HEADERS.items())
    }


def of(route: Route, components: Components) -> list[Schema]:
    """Return the parameters of a route: of its path, its query string and its headers."""
    return [*_path(route), *_query(route, components), *_headers(route)]


def template(route: Route) -> str:
    """Return the route's path in the syntax of OpenAPI."""
    return re.sub(r"<(\w+)>", r"{\1}", route.path)


def _path(route: Route) -> list[Schema]:
    names = re.findall(r"<(\w+)>", route.path)
    return [_parameter("path", name, True, *_path_schema(name)) for name in names]


def _path_schema(name: str) -> tuple[Schema, str]:
    if name == "n":
        return {"type": "integer", "minimum": 1, "maximum": 999_999}, "A version, from 1."
    if name == "user_id":
        return USER_ID, "A user: the `sub` of their tokens."
    thing = name.removesuffix("_id").replace("_", " ")
    article = "An" if thing[0] in "aeiou" else "A"
    return {"type": "string", "format": "uuid"}, f"{article} {thing}."


def _query(route: Route, components: Components) -> list[Schema]:
    if route.query is None:
        return []
    schema = components.query(route.query)
    required = schema.get("required", [])
    return [
        _parameter("query", name, name in required, *_described(one))
        for name, one in schema["properties"].items()
    ]


def _described(schema: Schema) -> tuple[Schema, str]:
    """Return a parameter's schema without its description, and the description."""
    return {key: one for key, one in schema.items() if key != "description"}, schema.get(
        "description", ""
    )


def _headers(route: Route) -> list[Schema]:
    raised = particulars.ERRORS.get(route.function.__name__, ())
    is_conditional = route.method in {"PUT", "PATCH", "DELETE"} or VersionConflictError in raised
    names = [
        *(["OrganizationId"] if route.organization else []),
        *(["IfMatch"] if is_conditional else []),
        *(["IdempotencyKey"] if route.method == "POST" else []),
    ]
    references: list[Schema] = [{"$ref": f"#/components/parameters/{name}"} for name in names]
    description = particulars.OPTIONAL_ORGANIZATION.get(route.function.__name__)
    if description is None:
        return references
    header, _, schema, _ = _HEADERS["OrganizationId"]
    return [_parameter("header", header, False, schema, description), *references]


def _parameter(where: str, name: str, required: bool, schema: Schema, description: str) -> Schema:
    parameter: dict[str, Any] = {"name": name, "in": where, "required": required, "schema": schema}
    return {**parameter, "description": description} if description else parameter
