"""Custom fields on records: refused by name, or equal to what was sent"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.client import Client, Reply
from tests.support.entities import PATH, detail, entity, path_of, related

pytestmark = pytest.mark.thorough

CHOICES = ["red", "green"]

TYPES: dict[str, Any] = {
    "text": "Two\nlines ",
    "number": "12345678901234567890.123450",
    "date": "2028-02-29",
    "datetime": "2026-12-31T23:30:00.5+01:00",
    "boolean": False,
    "choice": "green",
    "multi_choice": ["green", "red"],
    "url": "https://example.com/Ä?q=1",
    "email": "Ada@example.com",
}
"""A value of each type."""

values = st.one_of(
    st.sampled_from(list(TYPES.values())),
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.emails(),
    st.sampled_from(CHOICES),
    st.lists(st.sampled_from([*CHOICES, "blue", 5]), max_size=3),
    st.dictionaries(st.text("ab", max_size=2), st.integers(), max_size=2),
)


def same(kind: str, sent: Any, answered: Any) -> bool:
    """Whether an answer is what was sent, as the contract spells it."""
    if kind == "number":
        assert isinstance(answered, str)
        return Decimal(str(sent)) == Decimal(answered)
    if kind == "datetime":
        text = sent.upper().replace(" ", "T").replace("Z", "+00:00")
        return bool(
            datetime.fromisoformat(text) == datetime.fromisoformat(answered.replace("Z", "+00:00"))
        )
    return type(sent) is type(answered) and bool(sent == answered)


def define(ada: Client, record_type: str, kind: str, name: str | None = None, **more: Any) -> Any:
    body = {
        "record_type": record_type,
        "field_name": name or kind,
        "field_label": kind,
        "field_type": kind,
        **({"choices": CHOICES} if "choice" in kind else {}),
        **more,
    }
    reply = ada.post("/api/custom-fields", body)
    assert reply.status == 201, reply.text
    return reply.json


Write = Callable[[Client, str, Any], Reply]


def record_writes(path: str, whole: dict[str, Any]) -> dict[str, Write]:
    """The ways to write records of a collection."""
    return {
        "POST": lambda client, _, custom: client.post(path, {**whole, "custom_fields": custom}),
        "PUT": lambda client, path, custom: client.put(path, {**whole, "custom_fields": custom}),
        "PATCH": lambda client, path, custom: client.patch(path, {"custom_fields": custom}),
    }


WHOLE: dict[str, tuple[str, dict[str, Any]]] = {
    "entity": (PATH, {"type": "account", "name": "Acme"}),
    "lead": ("/api/leads", {"last_name": "Hopper"}),
    "case": ("/api/cases", {"name": "It smokes"}),
}
"""Record types whose records need no others: the collection, and the least that makes one."""


def relationship_writes(other: Any) -> dict[str, Write]:
    numbers = count()

    def whole(custom: Any) -> Any:
        kind = f"type {next(numbers)}"
        return {"to_entity": other["id"], "relationship_type": kind, "custom_fields": custom}

    return {
        "POST": lambda client, path, custom: client.post(path.rpartition("/")[0], whole(custom)),
        "PUT": lambda client, path, custom: client.put(path, whole(custom)),
        "PATCH": lambda client, path, custom: client.patch(path, {"custom_fields": custom}),
    }


@pytest.fixture(params=["relationship", *WHOLE])
def target(request: pytest.FixtureRequest, ada: Client) -> tuple[str, str, dict[str, Write]]:
    """A record type, the path of one such record, and the ways to write it."""
    if request.param in WHOLE:
        collection, whole = WHOLE[request.param]
        path = ada.post(collection, whole).headers["Location"]
        return request.param, path, record_writes(collection, whole)
    made, other = entity(ada), entity(ada, "Other")
    path = f"{path_of(made)}/relationships/{related(ada, made, other)['id']}"
    return "relationship", path, relationship_writes(other)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_value_is_refused_by_name_or_comes_back_equal(
    ada: Client, target: tuple[str, str, dict[str, Write]], method: str
) -> None:
    record_type, path, writes = target
    for kind in TYPES:
        define(ada, record_type, kind)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(kind=st.sampled_from(list(TYPES)), value=values)
    def holds(kind: str, value: Any) -> None:
        reply = writes[method](ada, path, {kind: value})
        if reply.status == 422:
            assert reply.problem == (422, "custom_field_invalid")
            assert reply.fields == [f"custom_fields.{kind}"]
            return
        assert reply.status in {200, 201}, reply.text
        for answered in (reply.json, ada.get(reply.headers.get("Location", path)).json):
            if value is None:
                assert kind not in answered["custom_fields"]
            else:
                assert same(kind, value, answered["custom_fields"][kind])

    holds()


@pytest.mark.parametrize("kind", TYPES)
def test_each_type_each_way(
    ada: Client, target: tuple[str, str, dict[str, Write]], kind: str
) -> None:
    record_type, path, writes = target
    define(ada, record_type, kind)
    for write in writes.values():
        reply = write(ada, path, {kind: TYPES[kind]})
        assert reply.status in {200, 201}, reply.text
        assert same(kind, TYPES[kind], reply.json["custom_fields"][kind])
    cleared = writes["PATCH"](ada, path, {kind: None})
    assert cleared.json["custom_fields"] == {}


def test_all_that_is_wrong_is_said_at_once(
    ada: Client, target: tuple[str, str, dict[str, Write]]
) -> None:
    record_type, path, writes = target
    define(ada, record_type, "number", "budget")
    define(ada, record_type, "text", "motto", is_required=True)
    wrong = {"budget": "much", "colour": "red", "motto": None}
    for write in writes.values():
        reply = write(ada, path, wrong)
        assert reply.problem == (422, "custom_field_invalid")
        assert sorted(reply.fields) == [f"custom_fields.{name}" for name in sorted(wrong)]


def test_required_and_default(ada: Client, target: tuple[str, str, dict[str, Write]]) -> None:
    """Asked for, and applied, on POST and PUT; on PATCH for what it names only."""
    record_type, path, writes = target
    define(ada, record_type, "text", "motto", is_required=True)
    define(ada, record_type, "number", "budget", default_value=5)
    assert writes["PATCH"](ada, path, {}).json["custom_fields"] == {}
    assert writes["PATCH"](ada, path, {"motto": None}).fields == ["custom_fields.motto"]
    for method in ("POST", "PUT"):
        assert writes[method](ada, path, {}).fields == ["custom_fields.motto"]
        assert writes[method](ada, path, None).fields == ["custom_fields.motto"]
        made = writes[method](ada, path, {"motto": "Go"}).json
        assert made["custom_fields"] == {"motto": "Go", "budget": "5"}
    changed = writes["PATCH"](ada, path, {"budget": 6}).json["custom_fields"]
    assert changed == {"motto": "Go", "budget": "6"}
    assert writes["PUT"](ada, path, {"motto": "Go"}).json["custom_fields"]["budget"] == "5"


def test_a_definition_is_deleted_and_the_record_still_saves(
    ada: Client, target: tuple[str, str, dict[str, Write]]
) -> None:
    record_type, path, writes = target
    gone = define(ada, record_type, "text", "motto", is_required=True)
    define(ada, record_type, "number", "budget")
    assert writes["PATCH"](ada, path, {"motto": "Go", "budget": 1}).status == 200
    assert ada.delete(f"/api/custom-fields/{gone['id']}").status == 204
    assert ada.get(path).json["custom_fields"] == {"budget": "1"}
    assert writes["PATCH"](ada, path, {"budget": 2}).json["custom_fields"] == {"budget": "2"}
    assert writes["PUT"](ada, path, {"budget": 3}).json["custom_fields"] == {"budget": "3"}
    assert writes["POST"](ada, path, {"budget": 4}).status == 201
    assert writes["PATCH"](ada, path, {"motto": "Stop"}).fields == ["custom_fields.motto"]
    define(ada, record_type, "text", "motto")
    assert ada.get(path).json["custom_fields"] == {"budget": "3", "motto": "Go"}


def test_they_are_shown_in_display_order_wherever_they_are(ada: Client) -> None:
    for place, name in ((2, "b"), (1, "c"), (3, "a")):
        define(ada, "entity", "text", name, display_order=place)
    made = entity(ada, custom_fields={"a": "1", "b": "2", "c": "3"})
    for row in (made, detail(ada, made), ada.get(PATH).json["results"][0]):
        assert list(row["custom_fields"]) == ["c", "b", "a"]


def test_the_two_ends_of_a_relationship_show_the_same(ada: Client) -> None:
    define(ada, "relationship", "number", "share")
    one, other = entity(ada), entity(ada, "Other")
    made = related(ada, one, other, custom_fields={"share": 0.25})
    path = f"relationships/{made['id']}"
    assert ada.get(f"{path_of(other)}/{path}").json["custom_fields"] == {"share": "0.25"}
    ada.patch(f"{path_of(other)}/{path}", {"custom_fields": {"share": "0.50"}})
    assert ada.get(f"{path_of(one)}/{path}").json["custom_fields"] == {"share": "0.50"}
    assert detail(ada, one)["relationships"][0]["custom_fields"] == {"share": "0.50"}


@pytest.mark.parametrize("kind", TYPES)
def test_a_merge_keeps_this_ones_values_and_fills_its_gaps(ada: Client, kind: str) -> None:
    define(ada, "entity", kind)
    define(ada, "entity", "text", "own")
    define(ada, "entity", "boolean", "both", default_value=False)
    into = entity(ada, custom_fields={"own": "mine"})
    other = entity(ada, custom_fields={"own": "theirs", "both": True, kind: TYPES[kind]})
    merged = ada.post(f"{path_of(into)}/merge", {"from": other["id"]}).json["custom_fields"]
    assert same(kind, TYPES[kind], merged[kind])
    assert (merged["own"], merged["both"]) == ("mine", False)
    assert detail(ada, into)["custom_fields"] == merged


def test_a_merge_is_stopped_by_nothing_that_was_defined_since(ada: Client) -> None:
    gone = define(ada, "entity", "text", "old")
    into, other = entity(ada), entity(ada, custom_fields={"old": "x"})
    ada.delete(f"/api/custom-fields/{gone['id']}")
    define(ada, "entity", "text", "new", is_required=True)
    merged = ada.post(f"{path_of(into)}/merge", {"from": other["id"]})
    assert merged.status == 200
    assert merged.json["custom_fields"] == {}


def test_a_merge_of_too_much_changes_nothing(ada: Client) -> None:
    """Nothing has moved when it turns out that the two do not fit together."""
    for n in range(40):
        define(ada, "entity", "text", f"f{n}")
    into, other = (
        entity(ada, custom_fields={f"f{n}": "ü" * 5_000 for n in range(start, start + 14)})
        for start in (0, 20)
    )
    part = {"kind": "home", "line1": "1", "city": "Berlin", "country": "DE"}
    assert ada.post(f"{path_of(other)}/addresses", part).status == 201
    reply = ada.post(f"{path_of(into)}/merge", {"from": other["id"]})
    assert reply.problem == (422, "custom_field_invalid")
    assert len(detail(ada, other)["addresses"]) == 1
    assert detail(ada, into)["addresses"] == []
