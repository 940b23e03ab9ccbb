"""Generates JSON Schema from pydantic models, as the contract requires."""

from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from crm.jobs.records import Job
from crm.platform.dynamodb.record import Record
from crm.platform.fields import FormFile
from tools.openapi import docstrings, vocabulary
from tools.openapi.formats import FORMATS

FILE = {
    "type": "string",
    "format": "binary",
    "contentMediaType": "application/octet-stream",
}


class SchemaGenerator(GenerateJsonSchema):
    """Pydantic's generator, with Brook's additional rules.

    - A response always has all its fields, except those that are omitted instead of null
      (`exclude_if`).
    - The private attributes of a record, or a job, are in no response.
    - Docstrings describe attributes, and some names need no description of their own.
    """

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,
    ) -> bool:
        if self.mode == "serialization":
            return field.get("serialization_exclude_if") is None
        return super().field_is_required(field, total)

    def model_field_schema(self, schema: core_schema.ModelField) -> JsonSchemaValue:
        result = super().model_field_schema(schema)
        if self.mode == "serialization" and schema.get("serialization_exclude_if"):
            return without_null(result)
        return result

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if self.mode == "serialization":
            return self.generate_inner(schema["schema"])
        result = super().default_schema(schema)
        return {key: one for key, one in result.items() if (key, one) != ("default", None)}

    def function_after_schema(
        self, schema: core_schema.AfterValidatorFunctionSchema
    ) -> JsonSchemaValue:
        known = FORMATS.get(schema["function"]["function"])
        return dict(known) if known else super().function_after_schema(schema)

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> JsonSchemaValue:
        known = FORMATS.get(schema["function"]["function"])
        return dict(known) if known else super().function_before_schema(schema)

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        if schema["cls"] is FormFile:
            return {"title": FormFile.__name__, "description": "A file's bytes.", **FILE}
        return super().dataclass_schema(schema)

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        cls = cast("type", schema["cls"])
        result = super().model_schema(schema)
        result.pop("description", None)
        if text := docstrings.read(cls).text:
            result["description"] = text
        properties = result.get("properties", {})
        described = docstrings.of_attributes(cls)
        for name, one in properties.items():
            meaning = described.get(name) or vocabulary.meaning(cls, name)
            if meaning and "description" not in one:
                one["description"] = meaning[0].upper() + meaning[1:]
        if self.mode == "serialization":
            _hide(cls, result)
            _name_times(properties)
        return result


def without_null(schema: JsonSchemaValue) -> JsonSchemaValue:
    """Return the schema of a value that is omitted instead of null."""
    options = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if not options:
        return schema
    others = {key: one for key, one in schema.items() if key != "anyOf"}
    return {**others, **options[0]} if len(options) == 1 else {**others, "anyOf": options}


def with_null(schema: JsonSchemaValue) -> JsonSchemaValue:
    """Return the schema of a value that may also be null."""
    null = {"type": "null"}
    options = schema.get("anyOf")
    if options and "type" not in schema:
        return schema if null in options else {**schema, "anyOf": [*options, null]}
    described = {key: schema[key] for key in ("description",) if key in schema}
    return {"anyOf": [{k: v for k, v in schema.items() if k not in described}, null], **described}


def _hide(cls: type, schema: JsonSchemaValue) -> None:
    """Omit the attributes that `Record.answer` omits."""
    private = cls.private if issubclass(cls, (Record, Job)) else frozenset()
    if "properties" not in schema:
        return
    schema["properties"] = {
        name: one for name, one in schema["properties"].items() if name not in private
    }
    schema["required"] = [name for name in schema.get("required", []) if name not in private]


def _name_times(properties: dict[str, Any]) -> None:
    """Mark each `..._on` as a time: the contract requires it in every response."""
    for name, schema in properties.items():
        if name.endswith("_on"):
            for one in [schema, *schema.get("anyOf", [])]:
                if one.get("type") == "string":
                    one["format"] = "date-time"
