"""The least that a request of an operation needs, and in it something in one place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.functions.generated import places
from tests.functions.generated.document import (
    FORM,
    JSON,
    Operation,
    Schema,
    name_of,
    plain,
    resolved,
    variants,
)
from tests.functions.generated.places import EACH, Place, Step
from tests.functions.generated.worlds import FILE, Organization
from tests.support.client import Client, Reply
from tests.support.forms import File, encoded

SAMPLES: Mapping[str, Any] = {
    "AddressWrite.country": "DE",
    "ContactPointWrite.value": "new@example.com",
    "CustomFieldWrite.field_name": "new_field",
    "DocumentForm.document_file": File("plan.txt", b"text", "text/plain"),
    "ErasureCreate.record_type": "lead",
    "FileDeclaration.content_type": "text/plain",
    "FileDeclaration.name": "plan.txt",
    "ImportCreate.file": {"name": "rows.csv", "content_type": "text/csv", "size": 4},
    "MemberCreate.email": "new@example.com",
    "UpdateField.value": "new",
    "WebhookEndpointWrite.url": "https://new.example.com/hook",
    "date": "2026-12-01",
    "date-time": "2026-12-01T10:00:00.000Z",
    "email": "new@example.com",
    "end_time": "2026-12-01T11:00:00.000Z",
    "field": "name",
    "file": FILE,
    "phone_number": "112",
    "record_type": "deal",
    "related_to_type": "deal",
    "to_addresses": ["new@example.com"],
}
"""Required values: by schema and name, by name, or by format."""

COMPANIONS: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    "AttachmentCreate": lambda body: {} if "document_id" in body else {"file": FILE},
    "LeadConvert": lambda _body: {"create_deal": True},
    "RuleTest": lambda body: {} if body else {"after": {"name": "New"}},
}
"""Fields that a body needs although its schema does not require them."""


@dataclass(frozen=True)
class Request:
    """The sent body."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Any = None

    def send(self, who: Client) -> Reply:
        headers, body = dict(self.headers), None
        if self.form is not None:
            headers["content-type"] = "multipart/form-data; boundary=----brook"
            body = encoded(self.form)
        return who.call(
            self.method,
            self.path,
            json=self.json,
            body=body,
            headers={name.lower(): value for name, value in headers.items()},
            query=self.query,
        )


def request(
    operation: Operation,
    ours: Organization,
    place: Place | None = None,
    value: Any = None,
    media_type: str = JSON,
) -> Request:
    """The least request of an operation, about an organization's own things.

    Args:
        operation: which.
        ours: the organization.
        place: a place in it.
        value: what stands there.
        media_type: of the body.
    """
    where = place.where if place else ""
    name = str(place.steps[0]) if place else ""
    path = operation.path
    for one in operation.among("path"):
        own = _path_value(operation, ours, one)
        chosen = value if where == "path" and name == one["name"] else own
        path = path.replace(f"{{{one['name']}}}", chosen)
    query = {
        one["name"]: _query_value(operation, ours, one["name"], one["schema"])
        for one in operation.among("query")
        if one["required"]
    }
    if place and where == "query":
        query |= {**place.beside, name: value}
    headers = {name: value} if where == "header" else {}
    media_type = place.media_type if place and where == "body" else media_type
    schema = operation.bodies.get(media_type)
    if schema is None:
        return Request(operation.method, path, query, headers)
    builder = _Builder(operation, ours, place if where == "body" else None, value)
    body = builder.build(schema, builder.steps, "", "")
    if operation.method == "PUT":
        body = _kept(operation, ours, body, place)
    if media_type == FORM:
        return Request(operation.method, path, query, headers, form=_parts(body))
    return Request(operation.method, path, query, headers, body)


def _kept(
    operation: Operation, ours: Organization, body: dict[str, Any], place: Place | None
) -> dict[str, Any]:
    """A body that replaces a thing, and leaves it as it is but for one place."""
    record = ours.records[places.kind_of(operation)]
    first = [one for one in place.steps if isinstance(one, str)][:1] if place else []
    changed = {*first, *(place.beside if place else ())}
    return {
        name: record[name] if name in record and name not in changed else value
        for name, value in body.items()
    }


def _path_value(operation: Operation, ours: Organization, parameter: Schema) -> str:
    if parameter["schema"]["type"] != "string":
        return str(parameter["schema"]["minimum"])
    return ours.id_of(places.path_kind(operation, parameter["name"]))


def _query_value(operation: Operation, ours: Organization, name: str, schema: Schema) -> str:
    if "enum" in schema:
        return "deal" if "deal" in schema["enum"] else str(schema["enum"][0])
    return ours.id_of("deal")


def _parts(body: Mapping[str, Any]) -> list[tuple[str, Any]]:
    pairs = [(name, one) for name, one in body.items()]
    return [
        (name, inner) for name, one in pairs for inner in (one if isinstance(one, list) else [one])
    ]


@dataclass(frozen=True)
class _Builder:
    """Builds a body along the way to a place."""

    operation: Operation
    ours: Organization
    place: Place | None
    value: Any

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.place.steps if self.place else ()

    def build(
        self, schema: Schema, steps: tuple[Step, ...], owner: str, name: str, led: bool = False
    ) -> Any:
        """A value of a schema.

        Args:
            schema: what it has to be.
            steps: the rest of the way to the place.
            owner: the schema that it is in.
            name: its own name.
            led: whether the way leads here, so that the place is here once it has ended.
        """
        inner = name_of(schema) or owner
        if led and not steps and self.place:
            return self.place.wrapped(self.value)
        for known in () if steps else (f"{owner}.{name}", name):
            if known in SAMPLES:
                return SAMPLES[known]
        schema = plain(schema)
        if len(variants(schema)) > 1:
            number = steps[0] if steps and isinstance(steps[0], int) else 0
            rest = steps[1:] if steps and isinstance(steps[0], int) else steps
            return self.build(variants(schema)[number], rest, inner, name, led)
        if "properties" in schema:
            return self._object(schema, steps, inner)
        if schema.get("type") == "array":
            return self._list(schema, steps, inner, name)
        return self._leaf(schema, inner, name)

    def _object(self, schema: Schema, steps: tuple[Step, ...], owner: str) -> Any:
        properties = schema["properties"]
        wanted = [] if owner.endswith("Patch") else schema.get("required", [])
        told = [name for name, one in properties.items() if "const" in resolved(one)]
        body = {
            name: self.build(properties[name], (), owner, name)
            for name in ([] if owner.endswith("Patch") else [*wanted, *told])
            if not steps or name != steps[0]
        }
        if steps:
            name = str(steps[0])
            body[name] = self.build(properties[name], steps[1:], owner, name, True)
            if self.place and not any(isinstance(one, str) and one != EACH for one in steps[1:]):
                body |= self.place.beside
        companions = COMPANIONS[owner](body) if owner in COMPANIONS else {}
        return {**companions, **body}

    def _list(self, schema: Schema, steps: tuple[Step, ...], owner: str, name: str) -> Any:
        if steps:
            return [self.build(schema["items"], steps[1:], owner, name, True)]
        least = schema.get("minItems", 0)
        return [self.build(schema["items"], (), owner, name) for _ in range(least)]

    def _leaf(self, schema: Schema, owner: str, name: str) -> Any:
        if "const" in schema:
            return schema["const"]
        if schema.get("format") in SAMPLES:
            return SAMPLES[schema["format"]]
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("format") == "uuid" or schema.get("pattern") == places.USER_ID:
            beside = SAMPLES.get(f"{owner}.{places.KIND_NAMED_BY.get(name)}", "deal")
            kinds = places.IDS.get(f"{owner}.{name}") or places.IDS.get(name, (beside,))
            return self.ours.id_of(kinds[0])
        return {"integer": 1, "number": 1, "boolean": False}.get(schema.get("type", ""), "New")
