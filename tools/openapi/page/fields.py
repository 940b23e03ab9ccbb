"""A schema as rows of a table, with the fields of nested objects indented. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
Schemas = Mapping[str, Any]

_NULL = {"type": "null"}
_RANGES = {
    ("minimum", "maximum"): "",
    ("minLength", "maxLength"): " characters",
    ("minItems", "maxItems"): " of them",
}


@dataclass(frozen=True)
class Row:
    """One field.

    Attributes:
        depth: nesting depth.
        name: name of the field.
        required: whether it is always present.
        type: description of its type.
        description: Markdown.
    """

    depth: int
    name: str
    required: bool
    type: str
    description: str


def kinds(schema: Schema, schemas: Schemas) -> list[Schema]:
    """Return the kinds of a value, each with fields of its own; else the schema itself."""
    whole = resolve(schema, schemas)
    options = whole.get("oneOf") or whole.get("anyOf", [])
    return options if options and all("$ref" in one for one in options) else [schema]


def title(schema: Schema) -> str:
    """Return the name of a referenced schema, as words."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def rows(schema: Schema, schemas: Schemas, depth: int = 0) -> Iterator[Row]:
    """Yield the fields of a schema's objects; none if it is not an object.

    Args:
        schema: the schema.
        schemas: the schemas that it refers to, by name.
        depth: nesting depth.
    """
    inner = _object(schema, schemas)
    if inner is None or depth > 5:
        return
    required = inner.get("required", [])
    for name, one in inner["properties"].items():
        whole = resolve(one, schemas)
        description = one.get("description") or whole.get("description", "")
        yield Row(depth, name, name in required, type_of(one, schemas), description)
        yield from rows(one, schemas, depth + 1)


def type_of(schema: Schema, schemas: Schemas) -> str:
    """Return the type and bounds of a value, in words."""
    return ", ".join([_base(schema, schemas), *bounds(resolve(schema, schemas))])


def bounds(schema: Schema) -> list[str]:
    """Return the bounds and the default of a value, in words."""
    ranges = [
        _range(schema.get(lowest), schema.get(highest)) + what
        for (lowest, highest), what in _RANGES.items()
        if lowest in schema or highest in schema
    ]
    default = schema.get("default")
    return ranges if default in (None, []) else [*ranges, f"default {_spelled(default)}"]


def resolve(schema: Schema, schemas: Schemas) -> Schema:
    """Return a schema, or the one that it refers to."""
    target = schema.get("$ref")
    return schemas[target.rpartition("/")[2]] if target else schema


def _base(schema: Schema, schemas: Schemas) -> str:
    schema = resolve(schema, schemas)
    if "oneOf" in schema:
        return "object"
    if "type" not in schema and "anyOf" in schema:
        return " or ".join(type_of(one, schemas) for one in schema["anyOf"])
    if "const" in schema:
        return f"always {_spelled(schema['const'])}"
    if "enum" in schema:
        return " | ".join(_spelled(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_base(schema['items'], schemas)}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_base(schema['additionalProperties'], schemas)}"
    formats = [one["format"] for one in [schema, *schema.get("anyOf", [])] if "format" in one]
    return " or ".join(formats) or str(schema.get("type", "anything"))


def _object(schema: Schema, schemas: Schemas) -> Schema | None:
    """Return the object of a schema, or of its items, or of one of its options."""
    schema = resolve(schema, schemas)
    if "properties" in schema:
        return schema
    if schema.get("type") == "array":
        return _object(schema["items"], schemas)
    options = schema.get("oneOf") or schema.get("anyOf", [])
    found = [_object(one, schemas) for one in options if one != _NULL]
    return next((one for one in found if one), None)


def _range(lowest: int | None, highest: int | None) -> str:
    if highest is None:
        return f"{lowest} or more"
    return f"up to {highest}" if lowest is None else f"{lowest} to {highest}"


def _spelled(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
