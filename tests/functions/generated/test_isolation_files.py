"""Another organization's ids are as good as none in the files that are imported, too.

Generated: a column for each id that the body of a record has which can be imported.
"""

import re
from typing import Any

import pytest

from tests.functions.generated import places
from tests.functions.generated.bodies import request
from tests.functions.generated.document import Operation, operations, schema_named
from tests.functions.generated.places import Place
from tests.functions.generated.values import value_of
from tests.functions.generated.witness import Witness, watched
from tests.functions.generated.worlds import NOBODY, OURS, THEIRS, World
from tests.support import imports
from tests.support.client import Client
from tests.support.cloud import Cloud

pytestmark = pytest.mark.thorough

WHOLE = "organization"
"""Not a record type: an archive names nothing of the organization that takes it in."""


def _creating(record_type: str) -> Operation:
    [found] = [
        one
        for one in operations()
        if one.method == "POST" and one.path.count("/") == 2 and places.kind_of(one) == record_type
    ]
    return found


def _columns() -> list[Place]:
    types = schema_named("ImportCreate")["properties"]["record_type"]["enum"]
    return [
        place
        for record_type in types
        if record_type != WHOLE
        for place in places.of(_creating(record_type))
        if place.where == "body" and not place.prop
    ]


@pytest.mark.parametrize(
    "place", [pytest.param(one, id=f"{one.operation} {one.label}") for one in _columns()]
)
def test_an_id_of_another_organization_in_a_column(
    place: Place, world: World, cloud: Cloud
) -> None:
    own, foreign, nothing = (_imported(place, world, cloud, who) for who in (OURS, THEIRS, NOBODY))
    assert foreign[0] == nothing[0]
    assert own[0] != nothing[0], "one's own makes no difference: the row does not get there"
    assert foreign[1].mentions(world.theirs.id) == []


@pytest.mark.parametrize(
    "record_type", list(dict.fromkeys(places.kind_of(place.operation) for place in _columns()))
)
def test_a_record_of_another_organization_is_not_matched(
    record_type: str, world: World, cloud: Cloud
) -> None:
    place = next(one for one in _columns() if places.kind_of(one.operation) == record_type)
    found = []
    for whose in (OURS, THEIRS, NOBODY):
        value = value_of(world, record_type, "", whose)
        body = request(place.operation, world.ours).json
        row = {**body, "id": value}
        found.append(_run(world, cloud, row, value, record_type))
    assert found[1][0] == found[2][0]
    assert found[0][0] != found[2][0]
    assert found[1][1].mentions(world.theirs.id) == []


def _imported(place: Place, world: World, cloud: Cloud, whose: str) -> tuple[Any, Witness]:
    value = value_of(world, place.kind, "", whose)
    body = request(place.operation, world.ours, place, value).json
    row = {name: one[0] if isinstance(one, list) else one for name, one in body.items()}
    return _run(world, cloud, row, value, places.kind_of(place.operation))


def _run(
    world: World, cloud: Cloud, row: dict[str, Any], value: str, record_type: str
) -> tuple[Any, Witness]:
    """Return the result of one row, without the value, and the calls of AWS."""
    who: Client = world.ours.admin
    options = {"on_duplicate": "update", "match_on": ["id"]} if "id" in row else {}
    content = imports.table([list(row), list(row.values())])
    with watched() as witness:
        job = imports.run(who, cloud, content, record_type, None, **options)
        errors = imports.errors(who, job) if job["error_file"] else []
    witness.undo(world.before)
    return (imports.counts(job), re.sub(re.escape(value), "<it>", str(errors))), witness
