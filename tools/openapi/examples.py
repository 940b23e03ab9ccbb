"""A plausible example for a schema: its required fields, or the first field of a patch. Pure."""

from collections.abc import Mapping
from typing import Any

_VALUES: dict[str, Any] = {
    "city": "Berlin",
    "content_type": "application/pdf",
    "country": "DE",
    "default_currency": "EUR",
    "description": "Everything about the north.",
    "email": "ada@example.com",
    "file.name": "contract.pdf",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "line1": "1 Main Street",
    "name": "North",
    "relationship_type": "works at",
    "size": 48213,
    "subject": "Call back",
    "title": "Signed contract",
    "url": "https://example.com/hooks",
}

_BY_FORMAT = {
    "uuid": "01939c2e-6b1a-7c3d-8e4f-5a6b7c8d9e0f",
    "email": "ada@example.com",
    "date": "2026-12-01",
    "date-time": "2026-12-01T09:30:00.000Z",
}

_BY_TYPE: dict[str, Any] = {"string": "text", "boolean": True, "null": None}


def example(schema: Mapping[str, Any], schemas: Mapping[str, Any], path: str = "") -> Any:
    """Return a value that the schema accepts.

    Args:
        schema: the schema of the value.
        schemas: the schemas that it refers to, by name.
        path: dotted name of the field that the value is for.
    """
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas, path)
    if "oneOf" in schema:
        return example(schema["oneOf"][0], schemas, path)
    if "properties" in schema:
        return _object(schema, schemas, path)
    for key in (path, path.rpartition(".")[2]):
        if key in _VALUES:
            return _VALUES[key]
    if "anyOf" in schema and "type" not in schema:
        return example(schema["anyOf"][0], schemas, path)
    return _plain(schema, schemas, path)


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], path: str) -> dict[str, Any]:
    properties = schema["properties"]
    names = schema.get("required") or list(properties)[:1]
    return {
        name: example(properties[name], schemas, f"{path}.{name}" if path else name)
        for name in names
    }


def _plain(schema: Mapping[str, Any], schemas: Mapping[str, Any], path: str) -> Any:
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [example(schema["items"], schemas, path)]
    if schema.get("type") in {"integer", "number"}:
        return schema.get("minimum", 1)
    return _BY_FORMAT.get(schema.get("format", "")) or _BY_TYPE.get(schema.get("type", ""), {})
