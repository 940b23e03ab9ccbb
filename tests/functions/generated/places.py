"""Where in a request something can stand that is somebody's: an id, a text, a cursor, a key. Pure.

All of it is read from the OpenAPI document. What a place is for follows from its name, so a name
that nobody has explained yet is an error that says what to add here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.functions.generated.document import (
    FORM,
    JSON,
    Operation,
    Schema,
    document,
    name_of,
    operations,
    plain,
    resolved,
    variants,
)

Step = str | int
"""The name of a property, the number of a variant, or `EACH`, an element of a list."""

EACH = "[]"

USER_ID = "^[A-Za-z0-9_|@.:-]{1,128}$"

IDS: Mapping[str, tuple[str, ...]] = {
    "activity_id": ("activity",),
    "allowed_from": ("other_stage",),
    "assigned_to": ("user",),
    "attachment_id": ("attachment",),
    "case_id": ("case",),
    "created_by": ("creator",),
    "custom_field_id": ("custom_field",),
    "deal_id": ("deal",),
    "document_id": ("document",),
    "entity_id": ("entity",),
    "erasure_id": ("erasure",),
    "execution_id": ("workflow_execution",),
    "export_id": ("export",),
    "from": ("other_entity",),
    "import_id": ("import",),
    "lead_id": ("lead",),
    "move_deals_to": ("other_stage",),
    "notification_id": ("notification",),
    "organization-id": ("organization",),
    "organization_id": ("organization",),
    "pipeline_id": ("pipeline",),
    "relationship_id": ("relationship",),
    "round_robin": ("team",),
    "shared_with": ("team",),
    "stage_id": ("stage",),
    "team_id": ("team",),
    "to_entity": ("other_entity",),
    "user_id": ("user",),
    "users": ("user",),
    "webhook_delivery_id": ("webhook_delivery",),
    "webhook_endpoint_id": ("webhook_endpoint",),
    "workflow_rule_id": ("workflow_rule",),
    "AssignOwner.to": ("user",),
    "DealMove.stage_id": ("other_stage",),
    "MemberCreate.id": ("user",),
    "PipelineStageWrite.id": ("stage",),
    "RuleTest.record_id": ("deal",),
    "SendNotification.to": ("user", "team"),
    "/addresses/{part_id}": ("address",),
    "/contact-points/{part_id}": ("contact_point",),
    "/identifiers/{part_id}": ("identifier",),
    "/versions/{n}": ("version",),
}
"""Kinds of ids by name: in one schema, at the end of a path, or everywhere."""

KIND_NAMED_BY: Mapping[str, str] = {
    "related_to_id": "related_to_type",
    "record_id": "record_type",
}
"""Ids of records of several kinds, with the field beside them that says of which."""

TEXTS = frozenset(
    """
    amount body call_outcome cc_addresses choices city contact_point content_type country
    currency deal_name default_currency description email field field_label field_name fields
    file_name first_name from_address help_text inverse_type label last_name legal_name line1
    line2 location mapping match_on name note organization_name phone phone_number postal_code
    region relationship_type sha256 source subject title to_addresses url value
    """.split()  # noqa: SIM905
)
"""Texts. They may be somebody's too: a name that must be unique, an address, a word to search."""

TEXT_OF: Mapping[str, tuple[str, str]] = {
    "CallWebhook.url": ("webhook_endpoint", "url"),
    "LeadConvert.deal_name": ("deal", "name"),
    "contact_point": ("contact_point", "value"),
}
"""The kind and the property that holds a text, where it is not that of the same name."""

NO_TEXTS = frozenset({"date", "date-time", "binary"})
"""Formats of what cannot name anything."""

OPEN: Mapping[str, str] = {
    "custom_fields": "values of types none of which is a record: see CUSTOM_FIELD_TYPES",
    "CustomFieldWrite.default_value": "a value of such a type",
    "CustomFieldWritePatch.default_value": "a value of such a type",
    "ExportCreate.filters": "the filters of lists",
    "FieldCondition.value": "compared with a field of a deal",
    "UpdateField.value": "what a field of a deal is set to",
    "RuleTest.before": "a deal as it is answered",
    "RuleTest.after": "a deal as it is answered",
}
"""Places of which the document says nothing but that they are there, and what belongs there."""

CUSTOM_FIELD_TYPES = frozenset(
    ("text", "number", "date", "datetime", "boolean", "choice", "multi_choice", "url", "email")
)

OF_A_DEAL: Mapping[str, str] = {
    "id": "deal",
    "entity_id": "entity",
    "pipeline_id": "pipeline",
    "stage_id": "other_stage",
    "assigned_to": "user",
    "shared_with": "team",
    "created_by": "user",
}
"""The ids that a deal holds."""

LISTS = {"shared_with"}


class UnknownPlaceError(AssertionError):
    """A place that nobody has said anything about."""


@dataclass(frozen=True)
class Place:
    """A place in the requests of one operation.

    Attributes:
        operation: whose.
        where: `path`, `query`, `header` or `body`.
        steps: the way to it in the body; elsewhere its name.
        kind: what belongs there: a kind of thing, whose id it is; of texts, that of the operation.
        prop: of a text, the property that holds it; empty for ids.
        beside: what stands beside it, in the same object or query.
        within: what the value is put into: an object with this field, or `EACH` for a list.
        among: the other fields of that object.
        media_type: of the body.
    """

    operation: Operation
    where: str
    steps: tuple[Step, ...]
    kind: str
    prop: str = ""
    beside: Mapping[str, Any] = field(default_factory=dict)
    within: tuple[str, ...] = ()
    among: Mapping[str, Any] = field(default_factory=dict)
    media_type: str = JSON

    @property
    def name(self) -> str:
        named = [str(one) for one in self.steps if isinstance(one, str)]
        return ".".join((*named, *self.within)).replace(f".{EACH}", EACH)

    @property
    def label(self) -> str:
        """Its name, where it is and what belongs there; of a form, that too."""
        form = " form" if self.media_type == FORM else ""
        others = {**self.beside, **self.among}
        beside = "".join(f" {name}={value}" for name, value in others.items())
        what = f"{self.kind}'s {self.prop}" if self.prop else self.kind
        numbers = "".join(f"/{one}" for one in self.steps if isinstance(one, int))
        return f"{self.where}{form} {self.name}{numbers}{beside}: {what}"

    def wrapped(self, value: Any) -> Any:
        for step in reversed(self.within):
            value = [value] if step == EACH else {**self.among, step: value}
        return value


def of(operation: Operation) -> list[Place]:
    """All places of an operation.

    Raises:
        UnknownPlaceError: one of them has a name that is not known here.
    """
    found = [*_of_path(operation), *_of_query(operation), *_of_headers(operation)]
    for media_type, schema in operation.bodies.items():
        if media_type in {JSON, FORM}:
            found += _of_body(operation, media_type, schema)
    return found


def _of_body(operation: Operation, media_type: str, schema: Schema) -> Iterator[Place]:
    """The places of a body: each id, and once each text and each place for anything."""
    seen = set()
    for steps, owner, leaf in _leaves(schema, (), "", frozenset()):
        if operation.method != "POST" and isinstance(steps[0], int) and steps[0] > 0:
            continue  # Nothing changes its type: the first one stands for what there is.
        for place in _of_leaf(operation, media_type, steps, owner, leaf):
            of_all = (place.steps[-1], place.prop, *place.within, str(place.beside))
            if (place.prop or _is_open(leaf)) and of_all in seen:
                continue
            seen.add(of_all)
            yield place


def kind_of(operation: Operation) -> str:
    """The kind of the things that an operation is about; empty if they are nobody's by name."""
    for path in (operation.path, *_shorter(operation.path)):
        below = [path] if path.endswith("}") else [one for one in _below(path) if one[-1] == "}"]
        if below:
            return path_kind(operation, below[0].rpartition("/")[2].strip("{}"), below[0])
    return ""


def path_kind(operation: Operation, name: str, path: str = "") -> str:
    """Return the kind of an id in a path: the operation's own, unless stated otherwise."""
    before = (path or operation.path).partition("{" + name + "}")[0]
    return _ids(operation, f"/{before.split('/')[-2]}/{{{name}}}", name)[0]


def _of_path(operation: Operation) -> Iterator[Place]:
    for one in operation.among("path"):
        if one["schema"]["type"] == "string":
            yield Place(operation, "path", (one["name"],), path_kind(operation, one["name"]))


def _of_query(operation: Operation) -> Iterator[Place]:
    siblings = {one["name"]: one["schema"] for one in operation.among("query")}
    for name, schema in siblings.items():
        if name == "cursor":
            yield Place(operation, "query", (name,), "cursor")
            continue
        for kind, prop, beside in _meanings(operation, "", name, schema, siblings):
            yield Place(operation, "query", (name,), kind, prop, beside)


def _of_headers(operation: Operation) -> Iterator[Place]:
    known = {"organization-id": "organization", "If-Match": "etag", "Idempotency-Key": "key"}
    for one in operation.among("header"):
        if one["name"] not in known:
            raise UnknownPlaceError(f"{operation}: say in places._of_headers what {one} is")
        yield Place(operation, "header", (one["name"],), known[one["name"]])


def _of_leaf(
    operation: Operation, media_type: str, steps: tuple[Step, ...], owner: str, leaf: Schema
) -> Iterator[Place]:
    name = next(str(step) for step in reversed(steps) if isinstance(step, str) and step != EACH)
    if _is_open(leaf):
        opened = f"{owner}.{name}" if f"{owner}.{name}" in OPEN else name
        if opened not in OPEN:
            raise UnknownPlaceError(
                f"{operation}: anything can stand in {owner}.{name}: say in places.OPEN what "
                "belongs there, and in places._opened how it is filled"
            )
        yield from _opened(operation, opened, steps)
        return
    siblings = _siblings(operation.bodies[media_type], steps)
    for kind, prop, beside in _meanings(operation, owner, name, leaf, siblings):
        yield Place(operation, "body", steps, kind, prop, beside, media_type=media_type)


def _is_open(leaf: Schema) -> bool:
    """Whether the document says nothing of what stands there."""
    return leaf.get("type") in {None, "object"} and leaf.get("additionalProperties") is not False


def _meanings(
    operation: Operation, owner: str, name: str, leaf: Schema, siblings: Mapping[str, Schema]
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Kind, property and neighbours of each thing that can stand in a place."""
    if {"enum", "const"} & leaf.keys() or leaf.get("type") != "string":
        return
    if leaf.get("format") == "uuid" or leaf.get("pattern") == USER_ID:
        for kind, beside in _kinds(operation, owner, name, siblings):
            yield kind, "", beside
    elif leaf.get("format") not in NO_TEXTS and "anyOf" not in leaf:
        kind, prop = _text(operation, owner, name)
        if kind:
            yield kind, prop, {}


def _kinds(
    operation: Operation, owner: str, name: str, siblings: Mapping[str, Schema]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return the possible kinds of an id, with the fields that each needs."""
    beside = KIND_NAMED_BY.get(name, "")
    if f"{owner}.{name}" not in IDS and beside in siblings:
        for kind in plain(siblings[beside])["enum"]:
            yield kind, {beside: kind}
    else:
        for kind in _ids(operation, f"{owner}.{name}", name):
            yield kind, {}


def _text(operation: Operation, owner: str, name: str) -> tuple[str, str]:
    """The kind of thing that has such a text, and its property."""
    if name not in TEXTS:
        raise UnknownPlaceError(
            f"{operation}: {owner or 'the query'} takes {name!r}: say in places.TEXTS that it is "
            "a text, or give it the format of an id"
        )
    return TEXT_OF.get(f"{owner}.{name}") or TEXT_OF.get(name) or (kind_of(operation), name)


def _ids(operation: Operation, place: str, name: str) -> tuple[str, ...]:
    for known in (place, name):
        if known in IDS:
            return IDS[known]
    raise UnknownPlaceError(f"{operation}: say in places.IDS whose id {name!r} is ({place})")


def _opened(operation: Operation, opened: str, steps: tuple[Step, ...]) -> Iterator[Place]:
    within: tuple[str, ...]
    match opened:
        case "ExportCreate.filters":
            yield from _of_filters(operation, steps)
        case "UpdateField.value" | "FieldCondition.value":
            more = {"operator": "equals"} if opened.startswith("Field") else {}
            for name, kind in OF_A_DEAL.items():
                if (opened, name) in _UNSETTABLE:
                    continue
                listed = name in LISTS
                within = (EACH,) if listed and not more else ()
                beside = {"field": name, **more}
                if listed and more:
                    beside["operator"] = "contains"
                yield Place(operation, "body", steps, kind, "", beside, within)
        case "RuleTest.before" | "RuleTest.after":
            for name, kind in OF_A_DEAL.items():
                within = (name, EACH) if name in LISTS else (name,)
                yield Place(operation, "body", steps, kind, "", {}, within)


_UNSETTABLE = {
    ("UpdateField.value", name) for name in ("id", "pipeline_id", "created_by", "entity_id")
}


def _of_filters(operation: Operation, steps: tuple[Step, ...]) -> Iterator[Place]:
    """The filters of an export are those of the list of the same records."""
    record_types = _siblings(operation.bodies[JSON], steps)["record_type"]["enum"]
    for one in operations():
        kind = kind_of(one)
        if one.method != "GET" or kind not in record_types or one.path.endswith("}"):
            continue
        if one.path.count("/") != 2 or kind == "organization":
            continue
        for place in _of_query(one):
            if place.kind != "cursor":
                beside = {"record_type": kind, "format": "jsonl"}
                meant = (place.kind, place.prop, beside, (str(place.steps[0]),), place.beside)
                yield Place(operation, "body", steps, *meant)


def _leaves(
    schema: Schema, steps: tuple[Step, ...], owner: str, seen: frozenset[str]
) -> Iterator[tuple[tuple[Step, ...], str, Schema]]:
    """The way to each value of a body, the schema that holds it, and its own schema."""
    name = name_of(schema)
    if name in seen:
        return
    owner, schema = name or owner, resolved(schema)
    inside = list(_inside(schema, steps))
    if not inside:
        yield steps, owner, schema
    for further, inner in inside:
        yield from _leaves(inner, further, owner, seen | {name} if name else seen)


def _inside(schema: Schema, steps: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], Schema]]:
    """Yield the members of a schema with their paths."""
    several = variants(schema)
    if len(several) > 1:
        yield from (((*steps, number), one) for number, one in enumerate(several))
    elif several[0] is not schema:
        yield steps, several[0]
    elif "properties" in schema:
        yield from (((*steps, name), one) for name, one in schema["properties"].items())
    elif schema.get("type") == "array":
        yield (*steps, EACH), schema["items"]
    elif isinstance(schema.get("additionalProperties"), Mapping):
        yield steps, schema["additionalProperties"]


def _siblings(schema: Schema, steps: tuple[Step, ...]) -> Mapping[str, Schema]:
    """The properties of the object that a place stands in."""
    found: Mapping[str, Schema] = {}
    for step in steps:
        schema = plain(schema)
        if isinstance(step, int):
            schema = variants(schema)[step]
        elif step == EACH:
            schema = schema["items"]
        else:
            found = schema["properties"]
            schema = found[step]
    return found


def _shorter(path: str) -> Iterator[str]:
    while path.count("/") > 2:
        path = path.rpartition("/")[0]
        yield path


def _below(path: str) -> list[str]:
    return [one for one in document()["paths"] if one.rpartition("/")[0] == path]
