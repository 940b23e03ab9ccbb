"""/api/cases: making, reading, changing and listing them"""

from typing import Any

import pytest

from tests.support.cases import PATH, case, path_of
from tests.support.client import Client
from tests.support.entities import UNKNOWN, entity
from tests.support.entities import path_of as path_of_entity
from tests.support.related import about, attach
from tests.support.stream import project, recorded
from tests.support.tables import items, mentioning

pytestmark = pytest.mark.thorough

CLOSING = ("closed", "rejected", "duplicate")


def test_the_least(ben: Client) -> None:
    reply = ben.post(PATH, {"name": "  It smokes "})
    made = reply.json
    assert (reply.status, reply.headers["Location"]) == (201, path_of(made))
    assert reply.headers["ETag"] == '"1"'
    assert made == {
        "id": made["id"],
        "created_on": made["created_on"],
        "created_by": ben.user_id,
        "updated_on": made["created_on"],
        "updated_by": ben.user_id,
        "version": 1,
        "name": "It smokes",
        "status": "new",
        "priority": "normal",
        "case_type": "question",
        "entity_id": None,
        "description": None,
        "closed_on": None,
        "assigned_to": ben.user_id,
        "shared_with": [],
        "custom_fields": {},
    }
    assert ben.get(path_of(made)).json == made


def test_all_of_it_and_back_to_the_least(ada: Client, ben: Client, team: str) -> None:
    full = {
        "name": "It burns",
        "status": "pending",
        "priority": "urgent",
        "case_type": "incident",
        "entity_id": entity(ada)["id"],
        "description": "Really\nburns",
        "assigned_to": ben.user_id,
        "shared_with": [team],
    }
    made = ada.post(PATH, full).json
    assert {name: made[name] for name in full} == full
    least = ada.put(path_of(made), {"name": "It smokes"}).json
    assert least["version"] == 2
    assert {name: least[name] for name in full} == {
        "name": "It smokes",
        "status": "new",
        "priority": "normal",
        "case_type": "question",
        "entity_id": None,
        "description": None,
        "assigned_to": ada.user_id,
        "shared_with": [],
    }


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"status": "open"}, "status"),
        ({"priority": "medium"}, "priority"),
        ({"case_type": "bug"}, "case_type"),
        ({"entity_id": UNKNOWN}, "entity_id"),
        ({"entity_id": "x"}, "entity_id"),
        ({"assigned_to": "nobody"}, "assigned_to"),
        ({"shared_with": [UNKNOWN]}, "shared_with"),
        ({"closed_on": None}, "closed_on"),
        ({"version": 1}, "version"),
    ],
)
def test_what_is_refused(ada: Client, fields: Any, field: str) -> None:
    before = items()
    reply = ada.post(PATH, {"name": "It smokes", **fields})
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == [field]
    assert items() == before


class TestClosing:
    @pytest.mark.parametrize("status", CLOSING)
    def test_each_status_that_closes(self, ada: Client, status: str) -> None:
        born = case(ada, status=status)
        assert born["closed_on"] == born["created_on"]
        one = case(ada)
        closed = ada.patch(path_of(one), {"status": status}).json
        assert closed["closed_on"] == closed["updated_on"]

    @pytest.mark.parametrize("status", ["new", "assigned", "pending"])
    def test_each_status_that_opens(self, ada: Client, status: str) -> None:
        one = case(ada, status="closed")
        assert ada.patch(path_of(one), {"status": status}).json["closed_on"] is None

    def test_it_stays_closed_since_then(self, ada: Client) -> None:
        one = case(ada, status="closed")
        for change in ({"name": "Other"}, {"status": "duplicate"}, {"status": "rejected"}):
            changed = ada.patch(path_of(one), change).json
            assert changed["closed_on"] == one["closed_on"]
        again = ada.put(path_of(one), {"name": "Again"}).json
        assert (again["status"], again["closed_on"]) == ("new", None)
        later = ada.patch(path_of(one), {"status": "closed"}).json
        assert later["closed_on"] == later["updated_on"] > one["closed_on"]


class TestItsEntity:
    def test_it_cannot_go_while_cases_point_to_it(self, ada: Client, ben: Client) -> None:
        """Also where whoever deletes it cannot see them."""
        acme, other = entity(ben), entity(ada, "Other")
        one = case(ada, entity_id=acme["id"])
        assert ben.get(path_of(one)).problem == (403, "permission_denied")
        assert ben.delete(path_of_entity(acme)).problem == (409, "in_use")
        ada.patch(path_of(one), {"entity_id": other["id"]})
        assert ben.delete(path_of_entity(acme)).status == 204
        assert ada.delete(path_of_entity(other)).problem == (409, "in_use")
        ada.patch(path_of(one), {"entity_id": None})
        assert ada.delete(path_of_entity(other)).status == 204

    def test_one_that_the_caller_may_not_see(self, ada: Client, ben: Client, eve: Client) -> None:
        mine = case(ben)
        for hidden in (entity(ada), entity(eve)):
            for reply in (
                ben.post(PATH, {"name": "x", "entity_id": hidden["id"]}),
                ben.patch(path_of(mine), {"entity_id": hidden["id"]}),
            ):
                assert reply.problem == (422, "validation_failed")
                assert reply.fields == ["entity_id"]

    def test_one_that_is_hidden_later_stays(self, ada: Client, ben: Client) -> None:
        acme = entity(ben)
        one = case(ben, entity_id=acme["id"])
        ada.patch(path_of_entity(acme), {"assigned_to": ada.user_id})
        assert ben.patch(path_of(one), {"name": "Other"}).json["entity_id"] == acme["id"]

    def test_a_merge_moves_them(self, ada: Client) -> None:
        into, other = entity(ada, "Into"), entity(ada, "Other")
        moved = [case(ada, f"{n}", entity_id=other["id"])["id"] for n in range(3)]
        merged = ada.post(f"{path_of_entity(into)}/merge", {"from": other["id"]})
        assert merged.status == 200, merged.text
        assert ada.get(f"{PATH}?entity_id={into['id']}").ids == moved[::-1]
        assert ada.delete(path_of_entity(into)).problem == (409, "in_use")
        for one in moved:
            assert ada.delete(f"{PATH}/{one}").status == 204
        assert ada.delete(path_of_entity(into)).status == 204


def test_deleting_takes_all_that_hangs_on_it(ada: Client) -> None:
    acme = entity(ada)
    one = case(ada, entity_id=acme["id"])
    about(ada, "case", one, {"type": "note", "subject": "Seen"})
    attached = attach(ada, "case", one)
    assert ada.delete(path_of(one)).status == 204
    assert ada.delete(path_of(one)).problem == (404, "not_found")
    assert ada.get(f"/api/documents/{attached['document_id']}").status == 404
    assert mentioning(one["id"]) == []
    assert ada.delete(path_of_entity(acme)).status == 204


class TestListing:
    @pytest.fixture
    def made(self, ada: Client, ben: Client) -> dict[str, Any]:
        acme = entity(ada)["id"]
        return {
            "a": case(ada, "Alpha", entity_id=acme, priority="urgent"),
            "b": case(ada, "Beta", entity_id=acme, status="closed", case_type="problem"),
            "c": case(ada, "Gamma", assigned_to=ben.user_id, status="closed"),
        }

    def found(self, client: Client, made: dict[str, Any], query: str) -> str:
        names = {one["id"]: name for name, one in made.items()}
        reply = client.get(f"{PATH}?{query}")
        assert reply.json["count"] == len(reply.ids)
        return "".join(names[one] for one in reply.ids)

    def test_each_filter(self, ada: Client, ben: Client, made: Any) -> None:
        for query, expected in (
            ("", "cba"),
            ("status=new", "a"),
            ("status=closed", "cb"),
            ("status=pending", ""),
            ("priority=urgent", "a"),
            ("priority=normal", "cb"),
            ("case_type=problem", "b"),
            ("case_type=question&status=closed", "c"),
            (f"entity_id={made['a']['entity_id']}", "ba"),
            (f"entity_id={made['a']['entity_id']}&priority=normal&status=closed", "b"),
            (f"assigned_to={ben.user_id}", "c"),
            (f"assigned_to={ada.user_id}&status=closed", "b"),
        ):
            assert self.found(ada, made, query) == expected, query
        for query, expected in (("", "c"), ("status=closed", "c"), ("priority=urgent", "")):
            assert self.found(ben, made, query) == expected, query

    def test_by_name(self, ada: Client) -> None:
        with recorded() as records:
            one = case(ada, "Größter Ärger")
            case(ada, "Other")
        project(records)
        assert ada.get(f"{PATH}?name=grosster").ids == [one["id"]]
        assert ada.get(f"{PATH}?name=arge&status=closed").ids == []

    @pytest.mark.parametrize(
        ("query", "status", "code"),
        [
            ("status=open", 422, "validation_failed"),
            ("priority=medium", 422, "validation_failed"),
            ("case_type=bug", 422, "validation_failed"),
            ("entity_id=x", 422, "validation_failed"),
            ("type=problem", 400, "unknown_parameter"),
        ],
    )
    def test_what_is_no_filter(self, ada: Client, query: str, status: int, code: str) -> None:
        assert ada.get(f"{PATH}?{query}").problem == (status, code)
