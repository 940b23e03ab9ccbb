"""The schemas that operations share, each under the name of its model."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from crm.http.app import Route
from crm.platform.validation import kinds_of
from tools.openapi.generator import SchemaGenerator, with_null, without_null

Schema = dict[str, Any]

_REFERENCE = "#/components/schemas/"

_SHARED: dict[str, Schema] = {
    "GatewayMessage": {
        "type": "object",
        "description": "What API Gateway says when a request does not reach a function.",
        "properties": {"message": {"type": "string"}},
        "required": ["message"],
    },
    "Problem": {
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "properties": {
            "type": {"type": "string", "description": "Always `about:blank`: see `code`."},
            "title": {"type": "string", "description": "What the code means."},
            "status": {"type": "integer", "description": "The status of the answer."},
            "code": {"type": "string", "description": "What to tell problems apart by."},
            "detail": {"type": "string", "description": "What happened here."},
            "errors": {
                "type": "array",
                "description": "The fields at fault, if any.",
                "items": {"$ref": f"{_REFERENCE}FieldProblem"},
            },
            "request_id": {"type": "string", "description": "To be named when asking for help."},
        },
        "required": ["type", "title", "status", "code", "detail", "errors", "request_id"],
    },
    "FieldProblem": {
        "type": "object",
        "description": "What is wrong with one field of the request.",
        "properties": {
            "field": {"type": "string", "description": "Its dotted path, such as `file.size`."},
            "message": {"type": "string"},
        },
        "required": ["field", "message"],
    },
}


class NameTakenError(Exception):
    """Two different schemas would have one name."""


class Components:
    """All schemas, generated together, so that name clashes are found."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = list(routes)
        self.schemas: dict[str, Schema] = {**_SHARED}
        self._queries: dict[str, Schema] = {}
        self._add_models()
        for route in self._routes:
            if route.method == "PATCH" and route.body:
                self._add_patch(route.body)
            if route.answer and route.listed:
                self._add(page_name(route.answer), _page(route.answer))

    def query(self, model: type[BaseModel]) -> Schema:
        """Return a query string as an object; a parameter may be absent, but never null."""
        schema = self._queries[model.__name__]
        properties = {name: without_null(one) for name, one in schema["properties"].items()}
        return {**schema, "properties": properties}

    def used(self, document: Any) -> dict[str, Schema]:
        """Return the schemas that a document refers to, directly or indirectly, sorted by name."""
        found: set[str] = set()
        waiting = _references(document)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting |= _references(self.schemas[name])
        return {name: self.schemas[name] for name in sorted(found)}

    def _add_models(self) -> None:
        _, generated = models_json_schema(
            _models(self._routes),
            schema_generator=SchemaGenerator,
            ref_template=_REFERENCE + "{model}",
        )
        queries = {route.query.__name__ for route in self._routes if route.query}
        for name, schema in generated["$defs"].items():
            if schema.pop("title") != name:
                raise NameTakenError(f"{name}: two models, or two shapes of one, have one name")
            if name in queries:
                self._queries[name] = schema
            else:
                self._add(name, schema)

    def _add_patch(self, model: type[BaseModel]) -> None:
        kinds = kinds_of(model).values()
        for kind in kinds:
            self._add_patch(kind)
        name = model.__name__
        patch = _patch_of_kinds(kinds) if kinds else _patch(self.schemas[name])
        self._add(patch_name(model), patch)

    def _add(self, name: str, schema: Schema) -> None:
        if self.schemas.setdefault(name, schema) != schema:
            raise NameTakenError(f"{name}: two schemas have one name")


def reference(name: str) -> Schema:
    return {"$ref": _REFERENCE + name}


def patch_name(model: type[BaseModel]) -> str:
    """Return `TeamPatch`, for a model `TeamCreate` or `TeamReplace` of the whole."""
    return model.__name__.removesuffix("Create").removesuffix("Replace") + "Patch"


def page_name(model: type[BaseModel]) -> str:
    return f"{model.__name__}Page"


def _models(routes: Iterable[Route]) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    models: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for route in routes:
        for taken in (route.body, route.form_body, route.query):
            if taken:
                models[taken, "validation"] = None
        if route.answer:
            models[route.answer, "serialization"] = None
    return list(models)


def _patch(whole: Schema) -> Schema:
    """Return a merge patch: nothing is required, and null resets an optional field."""
    required = whole.get("required", [])
    return {
        "type": "object",
        "description": "A JSON merge patch: only the fields that are named change, "
        "null puts a field back at its default.",
        "additionalProperties": False,
        "properties": {
            name: _changed(schema, optional=name not in required)
            for name, schema in whole["properties"].items()
        },
    }


def _patch_of_kinds(kinds: Iterable[type[BaseModel]]) -> Schema:
    """Return a merge patch of a body of several kinds: a short one may match any of them."""
    return {
        "description": "A JSON merge patch, with fields of the record's own type.",
        "anyOf": [reference(patch_name(kind)) for kind in kinds],
    }


def _changed(schema: Schema, *, optional: bool) -> Schema:
    changed = {key: one for key, one in schema.items() if key != "default"}
    return with_null(changed) if optional else changed


def _page(row: type[BaseModel]) -> Schema:
    link: Schema = {"anyOf": [{"type": "string", "format": "uri-reference"}, {"type": "null"}]}
    return {
        "type": "object",
        "description": "One page of a list.",
        "properties": {
            "count": {
                "type": "integer",
                "minimum": 0,
                "maximum": 1000,
                "description": "How many there are for this caller.",
            },
            "count_exact": {"type": "boolean", "description": "False where there are more."},
            "next": {**link, "description": "The next page."},
            "previous": {**link, "description": "The page before, on pages asked for by offset."},
            "results": {"type": "array", "items": reference(row.__name__)},
        },
        "required": ["count", "count_exact", "next", "previous", "results"],
    }


def _references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for one in value for name in _references(one)}
    if not isinstance(value, dict):
        return set()
    found = {name for one in value.values() for name in _references(one)}
    target = value.get("$ref")
    if isinstance(target, str) and target.startswith(_REFERENCE):
        found.add(target.removeprefix(_REFERENCE))
    return found
