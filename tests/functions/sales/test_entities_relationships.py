"""Relationships: one thing, read and written from both ends"""

from typing import Any

import pytest

from tests.support.client import Client
from tests.support.entities import PATH, UNKNOWN, detail, entity, path_of, related
from tests.support.tables import items, mentioning

pytestmark = pytest.mark.thorough


@pytest.fixture
def acme(ada: Client) -> Any:
    return entity(ada, "Acme")


@pytest.fixture
def grace(ada: Client) -> Any:
    return entity(ada, "Grace", type="contact")


def at(one: Any, relationship: Any = None) -> str:
    tail = f"/{relationship['id']}" if relationship else ""
    return f"{path_of(one)}/relationships{tail}"


def test_it_is_read_from_both_ends(ada: Client, acme: Any, grace: Any) -> None:
    body = {
        "to_entity": grace["id"],
        "relationship_type": "employs",
        "inverse_type": "works at",
        "start_date": "2025-01-01",
        "end_date": "2026-12-31",
    }
    reply = ada.post(at(acme), body)
    made = reply.json
    assert reply.status == 201
    assert reply.headers["Location"] == at(acme, made)
    assert reply.headers["ETag"] == '"1"'
    assert made == {
        **body,
        "from_entity": acme["id"],
        "custom_fields": {},
        "direction": "outgoing",
        "other": {"id": grace["id"], "type": "contact", "name": "Grace"},
        "id": made["id"],
        "created_on": made["created_on"],
        "created_by": ada.user_id,
        "updated_on": made["created_on"],
        "updated_by": ada.user_id,
        "version": 1,
    }
    incoming = {
        **made,
        "direction": "incoming",
        "other": {"id": acme["id"], "type": "account", "name": "Acme"},
    }
    for one, row in ((acme, made), (grace, incoming)):
        assert ada.get(at(one, made)).json == row
        assert ada.get(at(one)).json["results"] == [row]
        assert detail(ada, one)["relationships"] == [row]


def test_the_name_of_the_other_end_is_for_those_who_may_see_it(
    ada: Client, ben: Client, acme: Any
) -> None:
    mine = entity(ben, "Mine")
    made = related(ada, mine, acme, "supplies")
    for row in (
        ben.get(at(mine, made)).json,
        ben.get(at(mine)).json["results"][0],
        detail(ben, mine)["relationships"][0],
    ):
        assert row["other"] == {"id": acme["id"], "type": "account", "name": None}
    assert "Acme" not in ben.get(path_of(mine)).text
    ada.patch(path_of(acme), {"assigned_to": ben.user_id})
    assert ben.get(at(mine, made)).json["other"]["name"] == "Acme"


def test_the_other_end_goes_by_its_present_name(ada: Client, acme: Any, grace: Any) -> None:
    made = related(ada, acme, grace)
    ada.patch(path_of(grace), {"name": "Grace H.", "type": "account"})
    other = {"id": grace["id"], "type": "account", "name": "Grace H."}
    assert ada.get(at(acme, made)).json["other"] == other


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"to_entity": "{acme}"}, "to_entity"),
        ({"to_entity": UNKNOWN}, "to_entity"),
        ({"to_entity": "grace"}, "to_entity"),
        ({"to_entity": None}, "to_entity"),
        ({"relationship_type": None}, "relationship_type"),
        ({"relationship_type": " "}, "relationship_type"),
        ({"relationship_type": "x" * 256}, "relationship_type"),
        ({"inverse_type": ""}, "inverse_type"),
        ({"start_date": "2026-02-30"}, "start_date"),
        ({"start_date": "2026-02-03T00:00:00Z"}, "start_date"),
        ({"start_date": "2026-02-03", "end_date": "2026-02-02"}, "end_date"),
        ({"custom_fields": 5}, "custom_fields"),
        ({"from_entity": UNKNOWN}, "from_entity"),
        ({"direction": "incoming"}, "direction"),
        ({"entity_id": UNKNOWN}, "entity_id"),
    ],
)
def test_making_refuses(ada: Client, acme: Any, grace: Any, fields: Any, field: str) -> None:
    body = {"to_entity": grace["id"], "relationship_type": "owns", **fields}
    body["to_entity"] = acme["id"] if body["to_entity"] == "{acme}" else body["to_entity"]
    reply = ada.post(at(acme), body)
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == [field]
    assert detail(ada, acme)["relationships"] == detail(ada, grace)["relationships"] == []


def test_one_day_is_no_time_but_a_time(ada: Client, acme: Any, grace: Any) -> None:
    made = related(ada, acme, grace, start_date="2026-02-03", end_date="2026-02-03")
    assert ada.patch(at(acme, made), {"end_date": "2026-02-02"}).fields == ["end_date"]
    assert ada.patch(at(grace, made), {"start_date": "2026-02-04"}).fields == ["end_date"]


def test_an_end_that_the_caller_cannot_see_looks_like_none(ben: Client, acme: Any) -> None:
    mine = entity(ben, "Mine")
    body = {"to_entity": acme["id"], "relationship_type": "owns"}
    hidden = ben.post(at(mine), body)
    unknown = ben.post(at(mine), {**body, "to_entity": UNKNOWN})
    assert hidden.problem == unknown.problem == (422, "validation_failed")
    assert hidden.json["errors"] == unknown.json["errors"]


def test_what_is_wrong_with_one_end_outranks_what_is_with_the_other(
    ada: Client, ben: Client, acme: Any
) -> None:
    for client, one, problem in (
        (ada, {"id": UNKNOWN}, (404, "not_found")),
        (ben, acme, (403, "permission_denied")),
        (ada, acme, (422, "validation_failed")),
    ):
        body = {"to_entity": one["id"], "relationship_type": "owns"}
        assert client.post(at(one), body).problem == problem


def test_an_end_in_another_organization_is_none(ada: Client, eve: Client, acme: Any) -> None:
    foreign = entity(eve, "Foreign")
    body = {"to_entity": foreign["id"], "relationship_type": "owns"}
    assert ada.post(at(acme), body).fields == ["to_entity"]


def test_the_same_pair_and_type_twice(ada: Client, acme: Any, grace: Any) -> None:
    made = related(ada, acme, grace, "Owns")
    body = {"to_entity": grace["id"], "relationship_type": "  owns "}
    assert ada.post(at(acme), body).problem == (409, "duplicate")
    assert ada.post(at(acme), body).fields == ["relationship_type"]
    related(ada, acme, grace, "likes")
    related(ada, grace, acme, "owns")
    ada.delete(at(grace, made))
    assert ada.post(at(acme), body).status == 201


def test_a_change_to_a_type_that_is_taken(ada: Client, acme: Any, grace: Any) -> None:
    related(ada, acme, grace, "owns")
    other = related(ada, acme, grace, "likes")
    assert ada.patch(at(grace, other), {"relationship_type": "OWNS"}).problem == (409, "duplicate")
    assert ada.patch(at(grace, other), {"relationship_type": "Likes"}).status == 200


@pytest.mark.parametrize("end", ["outgoing", "incoming"])
class TestFromEitherEnd:
    @pytest.fixture
    def made(self, ada: Client, acme: Any, grace: Any) -> Any:
        return related(ada, acme, grace, inverse_type="belongs to", start_date="2025-01-01")

    @pytest.fixture
    def path(self, end: str, made: Any, acme: Any, grace: Any) -> str:
        return at(acme if end == "outgoing" else grace, made)

    def both(self, ada: Client, made: Any, acme: Any, grace: Any) -> list[Any]:
        """The two copies without what sets them apart."""
        rows = [ada.get(at(one, made)).json for one in (acme, grace)]
        assert [row.pop("direction") for row in rows] == ["outgoing", "incoming"]
        assert [row.pop("other")["id"] for row in rows] == [grace["id"], acme["id"]]
        return rows

    def test_patch(
        self, ada: Client, end: str, made: Any, path: str, acme: Any, grace: Any
    ) -> None:
        reply = ada.patch(path, {"relationship_type": "holds", "start_date": None})
        assert reply.status == 200
        assert reply.headers["ETag"] == '"2"'
        assert reply.json["direction"] == end
        one, other = self.both(ada, made, acme, grace)
        assert one == other
        assert (one["relationship_type"], one["start_date"], one["version"]) == ("holds", None, 2)
        assert one["inverse_type"] == "belongs to"

    def test_put(self, ada: Client, end: str, made: Any, path: str, acme: Any, grace: Any) -> None:
        body = {"to_entity": grace["id"], "relationship_type": "holds"}
        reply = ada.put(path, body)
        assert reply.status == 200
        one, other = self.both(ada, made, acme, grace)
        assert one == other
        assert (one["inverse_type"], one["start_date"], one["version"]) == (None, None, 2)

    def test_the_ends_stay(
        self, ada: Client, end: str, made: Any, path: str, acme: Any, grace: Any
    ) -> None:
        third = entity(ada, "Third")
        for reply in (
            ada.patch(path, {"to_entity": third["id"]}),
            ada.put(path, {"to_entity": third["id"], "relationship_type": "owns"}),
        ):
            assert reply.problem == (422, "validation_failed")
            assert reply.fields == ["to_entity"]

    def test_delete(
        self, ada: Client, end: str, made: Any, path: str, acme: Any, grace: Any
    ) -> None:
        assert ada.delete(path, headers={"if-match": '"2"'}).problem == (412, "version_conflict")
        assert ada.delete(path, headers={"if-match": '"1"'}).status == 204
        for one in (acme, grace):
            assert ada.get(at(one, made)).problem == (404, "not_found")
            assert ada.get(at(one)).json["count"] == 0
            assert detail(ada, one)["relationships"] == []
        assert ada.delete(path).problem == (404, "not_found")
        assert mentioning(made["id"]) == []


def test_who_may_change_one_end_changes_it_at_both(ada: Client, ben: Client, acme: Any) -> None:
    mine = entity(ben, "Mine")
    made = related(ada, acme, mine)
    assert ben.patch(at(acme, made), {"relationship_type": "x"}).problem == (
        403,
        "permission_denied",
    )
    assert ben.patch(at(mine, made), {"relationship_type": "is owned"}).status == 200
    assert ada.get(at(acme, made)).json["relationship_type"] == "is owned"


def test_what_never_was(ada: Client, acme: Any, grace: Any) -> None:
    made = related(ada, acme, grace)
    third = entity(ada, "Third")
    body = {"to_entity": grace["id"], "relationship_type": "owns"}
    for path in (f"{at(acme)}/{UNKNOWN}", at(third, made), f"{PATH}/{UNKNOWN}/relationships/x"):
        for method, sent in (("GET", None), ("PUT", body), ("PATCH", {}), ("DELETE", None)):
            assert ada.call(method, path, json=sent).problem == (404, "not_found")


def test_the_list_is_newest_first_and_walked_by_next(ada: Client, acme: Any, grace: Any) -> None:
    made = [related(ada, acme, grace, f"type {n}")["id"] for n in range(3)]
    made += [related(ada, grace, acme, f"type {n}")["id"] for n in range(2)]
    first = ada.get(f"{at(acme)}?limit=3")
    assert first.ids == made[:1:-1]
    assert first.json["count"] == 5
    assert ada.get(first.json["next"]).ids == made[1::-1]
    directions = [row["direction"] for row in ada.get(at(acme)).json["results"]]
    assert directions == ["incoming"] * 2 + ["outgoing"] * 3


def test_it_goes_with_either_end(ada: Client, acme: Any, grace: Any) -> None:
    third = entity(ada, "Third")
    related(ada, acme, grace)
    related(ada, third, acme)
    before = len(items())
    assert ada.delete(path_of(acme)).status == 204
    assert detail(ada, grace)["relationships"] == detail(ada, third)["relationships"] == []
    assert mentioning(acme["id"]) == []
    assert len(items()) < before
    again = {"to_entity": third["id"], "relationship_type": "owns"}
    assert ada.post(at(grace), again).status == 201
