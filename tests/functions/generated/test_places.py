"""The generator finds every new place, or reports the missing explanation."""

from typing import Any

import pytest

from tests.functions.generated import places
from tests.functions.generated.document import JSON, Operation, Schema, operations
from tests.functions.generated.places import Place, UnknownPlaceError

ID = {"type": "string", "format": "uuid"}
TEAM = "/api/teams/{team_id}"


def operation(*parameters: Schema, **properties: Any) -> Operation:
    body = {"type": "object", "properties": properties}
    bodies = {JSON: body} if properties else {}
    return Operation("POST", TEAM, "do_something", parameters, bodies, ())


def parameter(where: str, name: str, schema: Schema) -> dict[str, Any]:
    return {"in": where, "name": name, "schema": schema, "required": False}


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (operation(planet_id=ID), "say in places.IDS whose id 'planet_id' is"),
        (operation(planets={"type": "array", "items": ID}), "whose id 'planets' is"),
        (operation(planet_id={"anyOf": [ID, {"type": "null"}]}), "whose id 'planet_id' is"),
        (operation(orbit={"type": "object", "properties": {"planet_id": ID}}), "'planet_id'"),
        (operation(astronomer={"type": "string", "pattern": places.USER_ID}), "'astronomer'"),
        (operation(parameter("path", "planet_id", ID)), "'planet_id'"),
        (operation(parameter("query", "planet_id", ID)), "'planet_id'"),
        (operation(parameter("query", "planet", {"type": "string"})), "places.TEXTS"),
        (operation(nickname={"type": "string"}), "the format of an id"),
        (operation(anything={}), "say in places.OPEN what belongs there"),
        (operation(parameter("header", "planet-id", ID)), "places._of_headers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_nobody_has_explained(new: Operation, said: str) -> None:
    with pytest.raises(UnknownPlaceError, match=f"(?s)POST {TEAM}.*{said}"):
        places.of(new)


@pytest.mark.parametrize(
    ("new", "labels"),
    [
        (operation(entity_id=ID), ["body entity_id: entity"]),
        (operation(shared_with={"type": "array", "items": ID}), ["body shared_with[]: team"]),
        (operation(name={"type": "string"}), ["body name: team's name"]),
        (operation(size={"type": "integer"}, is_new={"type": "boolean"}), []),
        (operation(status={"type": "string", "enum": ["new"]}), []),
        (operation(parameter("query", "cursor", {"type": "string"})), ["query cursor: cursor"]),
        (operation(parameter("header", "If-Match", {})), ["header If-Match: etag"]),
        (
            operation(
                parameter("query", "related_to_type", {"type": "string", "enum": ["deal", "lead"]}),
                parameter("query", "related_to_id", ID),
            ),
            [
                "query related_to_id related_to_type=deal: deal",
                "query related_to_id related_to_type=lead: lead",
            ],
        ),
        (
            operation(
                steps={"type": "array", "items": {"type": "object", "properties": {"deal_id": ID}}}
            ),
            ["body steps[].deal_id: deal"],
        ),
    ],
    ids=lambda value: "; ".join(value) if isinstance(value, list) else "",
)
def test_what_is_found(new: Operation, labels: list[str]) -> None:
    assert [place.label for place in places.of(new)] == labels


def test_a_value_is_put_where_the_place_is() -> None:
    place = Place(operation(), "body", ("x",), "deal", "", {}, ("shared_with", "[]"), {"a": 1})
    assert place.wrapped("it") == {"a": 1, "shared_with": ["it"]}


def test_there_are_places_of_all_sorts() -> None:
    found = [place for one in operations() for place in places.of(one)]
    assert {place.where for place in found} == {"path", "query", "header", "body"}
    assert {place.media_type for place in found} == {JSON, "multipart/form-data"}
    labels = {(one.operation.id, one.label) for one in found}
    assert len(labels) == len(found)
    assert len(found) > 500
