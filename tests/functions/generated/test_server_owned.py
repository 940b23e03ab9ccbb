"""No route writes fields that the server sets: not even unchanged, and not nested.

Generated: the server's are the properties that answers have, and that the bodies of the same route
lack, besides those that every record has.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.functions.generated.bodies import request
from tests.functions.generated.document import (
    FORM,
    JSON,
    Operation,
    Schema,
    operations,
    plain,
    properties,
)
from tests.functions.generated.places import kind_of
from tests.functions.generated.witness import watched
from tests.functions.generated.worlds import World

pytestmark = pytest.mark.thorough

EACH_RECORD = ("id", "created_on", "created_by", "updated_on", "updated_by", "version")

PRIVATE = ("organization_id", "is_removed", "pk", "sk", "expires_on")
"""Names of what is stored and never answered."""

WRITING = [one for one in operations() if one.bodies]


def _owned(operation: Operation) -> list[str]:
    answered = {name for answer in operation.answers for name in properties(answer)}
    return sorted({*answered, *EACH_RECORD, *PRIVATE} - set(properties(_body(operation))))


def _body(operation: Operation) -> Schema:
    return operation.bodies[JSON]


def _inner(operation: Operation) -> Iterator[tuple[str, str]]:
    """Objects inside of bodies that answers have too, and what only the answers say of them."""
    written = properties(_body(operation))
    for answer in operation.answers:
        for name, schema in properties(answer).items():
            if name not in written:
                continue
            here, there = (_element(one) for one in (written[name], schema))
            if properties(here):
                for owned in sorted({*properties(there), *PRIVATE} - set(properties(here))):
                    yield name, owned


def _element(schema: Schema) -> Schema:
    schema = plain(schema)
    return plain(schema["items"]) if schema.get("type") == "array" else schema


def _values(world: World, operation: Operation, name: str) -> list[Any]:
    """Return the present value, and another one."""
    record = world.ours.records.get(kind_of(operation), {})
    return [record[name], None, "other"] if name in record else [None, "other", 7]


def test_the_names_are_those_of_records() -> None:
    """All that is changed has them: what is looked for here is there."""
    for operation in WRITING:
        if operation.method == "PATCH":
            [answer] = operation.answers
            assert set(EACH_RECORD) <= properties(answer).keys(), operation


@pytest.mark.parametrize("operation", [pytest.param(one, id=str(one)) for one in WRITING])
def test_what_is_the_servers_is_refused(operation: Operation, world: World) -> None:
    sent = request(operation, world.ours)
    for name in _owned(operation):
        for value in _values(world, operation, name):
            with watched() as witness:
                reply = replace(sent, json={**sent.json, name: value}).send(world.ours.admin)
            witness.undo(world.before)
            said = f"{name}={value!r}: {reply.text}"
            assert reply.status == 422, said
            assert reply.json["code"] == "validation_failed", said
            assert name in reply.fields, said
            assert witness.writes == [], said


INNER: Mapping[str, Any] = {
    "actions": [{"type": "create_activity", "activity_type": "task", "subject": "New"}],
    "conditions": {"field": "name", "operator": "equals", "value": "New"},
    "file": {"name": "rows.csv", "content_type": "text/csv", "size": 4},
    "options": {},
    "stages": [{"name": "New", "probability": 1}],
    "trigger": {"event": "created"},
}
"""Places within bodies."""


@pytest.mark.parametrize(
    "operation", [pytest.param(one, id=str(one)) for one in WRITING if any(_inner(one))]
)
def test_nor_is_it_taken_deep_inside(operation: Operation, world: World) -> None:
    sent = request(operation, world.ours)
    for outer, name in _inner(operation):
        value = INNER[outer]
        more = {name: "other"}
        inner = [{**value[0], **more}] if isinstance(value, list) else {**value, **more}
        with watched() as witness:
            reply = replace(sent, json={**sent.json, outer: inner}).send(world.ours.admin)
        witness.undo(world.before)
        said = f"{outer}.{name}: {reply.text}"
        assert reply.problem == (422, "validation_failed"), said
        assert any(field.endswith(name) for field in reply.fields), said
        assert witness.writes == [], said


@pytest.mark.parametrize("name", EACH_RECORD)
def test_nor_by_a_form(name: str, world: World) -> None:
    for operation in WRITING:
        if FORM in operation.bodies:
            sent = request(operation, world.ours, media_type=FORM)
            with watched() as witness:
                reply = replace(sent, form=[*sent.form, (name, "other")]).send(world.ours.admin)
            witness.undo(world.before)
            assert reply.problem == (422, "validation_failed"), reply.text
            assert reply.fields == [name]
            assert witness.writes == []
