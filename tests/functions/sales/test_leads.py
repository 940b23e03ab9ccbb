"""/api/leads: making, reading, changing and listing them"""

from typing import Any

import pytest

from tests.support.client import Client
from tests.support.entities import UNKNOWN
from tests.support.leads import FULL, PATH, converted, lead, path_of
from tests.support.related import about, attach
from tests.support.stream import project, recorded
from tests.support.tables import items, mentioning

pytestmark = pytest.mark.thorough

NOTHING_YET = dict.fromkeys(("converted_on", "contact_id", "account_id", "deal_id"))


def test_the_least(ben: Client) -> None:
    reply = ben.post(PATH, {"last_name": "  Hopper "})
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
        **dict.fromkeys(FULL),
        "last_name": "Hopper",
        "status": "assigned",
        "assigned_to": ben.user_id,
        "shared_with": [],
        "custom_fields": {},
        **NOTHING_YET,
    }
    assert ben.get(path_of(made)).json == made


def test_all_of_it_and_back_to_the_least(ada: Client, ben: Client, team: str) -> None:
    more = {"status": "in_process", "assigned_to": ben.user_id, "shared_with": [team]}
    made = ada.post(PATH, {**FULL, **more}).json
    normal = {"email": "Grace@example.com", "phone": "+442071838750", "amount": "1250.50"}
    expected = {**FULL, **normal, **more}
    assert {name: made[name] for name in expected} == expected
    least = ada.put(path_of(made), {"last_name": "Other"}).json
    for name in FULL:
        assert least[name] == ("Other" if name == "last_name" else None)
    assert (least["status"], least["assigned_to"], least["shared_with"], least["version"]) == (
        "assigned",
        ada.user_id,
        [],
        2,
    )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"last_name": " "}, "last_name"),
        ({"last_name": None}, "last_name"),
        ({"first_name": "x" * 256}, "first_name"),
        ({"organization_name": ""}, "organization_name"),
        ({"email": "grace"}, "email"),
        ({"phone": "020 7183 8750"}, "phone"),
        ({"phone": "call me"}, "phone"),
        ({"status": "converted"}, "status"),
        ({"status": "new"}, "status"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": "much"}, "amount"),
        ({"amount": 10**15}, "amount"),
        ({"assigned_to": "nobody"}, "assigned_to"),
        ({"shared_with": [UNKNOWN]}, "shared_with"),
        ({"converted_on": None}, "converted_on"),
        ({"contact_id": UNKNOWN}, "contact_id"),
        ({"deal_id": None}, "deal_id"),
        ({"version": 1}, "version"),
    ],
)
def test_what_is_refused(ada: Client, fields: Any, field: str) -> None:
    one, body = lead(ada), {"last_name": "Hopper", **fields}
    before = items()
    for reply in (ada.post(PATH, body), ada.put(path_of(one), body)):
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == [field]
    assert items() == before


def test_an_amount_is_not_measured_by_a_later_currency(ada: Client) -> None:
    one = lead(ada, amount="12.50")
    ada.patch(f"/api/organizations/{ada.organization_id}", {"default_currency": "JPY"})
    assert ada.patch(path_of(one), {"source": "Fair"}).json["amount"] == "12.50"
    refused = ada.patch(path_of(one), {"amount": "12.75"})
    assert refused.problem == (422, "validation_failed")
    assert refused.fields == ["amount"]
    assert ada.patch(path_of(one), {"amount": 13}).json["amount"] == "13"


def test_a_converted_one_keeps_its_status(ada: Client) -> None:
    one = lead(ada)
    converted(ada, one)
    changed = ada.patch(path_of(one), {"source": "Fair"})
    assert (changed.status, changed.json["status"]) == (200, "converted")
    for status in ("assigned", "recycled", None):
        refused = ada.patch(path_of(one), {"status": status})
        assert refused.problem == (409, "already_converted")
    assert ada.put(path_of(one), {"last_name": "x"}).problem == (409, "already_converted")
    for reply in (
        ada.patch(path_of(one), {"status": "converted"}),
        ada.put(path_of(one), {"last_name": "x", "status": "converted"}),
    ):
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == ["status"]
    assert ada.get(path_of(one)).json == changed.json


def test_deleting_takes_all_that_hangs_on_it(ada: Client) -> None:
    one = lead(ada, email="grace@example.com")
    about(ada, "lead", one, {"type": "note", "subject": "Seen"})
    attached = attach(ada, "lead", one)
    assert ada.delete(path_of(one)).status == 204
    assert ada.delete(path_of(one)).problem == (404, "not_found")
    assert ada.get(f"/api/documents/{attached['document_id']}").status == 404
    assert mentioning(one["id"]) == []


class TestListing:
    @pytest.fixture
    def made(self, ada: Client, ben: Client) -> dict[str, Any]:
        return {
            "a": lead(ada, "Alpha", email="one@example.com"),
            "b": lead(ada, "Beta", email="One@example.com", status="recycled"),
            "c": lead(ada, "Gamma", status="recycled", assigned_to=ben.user_id),
        }

    def found(self, client: Client, made: dict[str, Any], query: str) -> str:
        names = {one["id"]: name for name, one in made.items()}
        reply = client.get(f"{PATH}?{query}")
        assert reply.json["count"] == len(reply.ids)
        return "".join(names[one] for one in reply.ids)

    def test_each_filter(self, ada: Client, ben: Client, made: Any) -> None:
        for query, expected in (
            ("", "cba"),
            ("status=assigned", "a"),
            ("status=recycled", "cb"),
            ("status=converted", ""),
            ("email=ONE@example.com", "ba"),
            ("email=one@example.com&status=recycled", "b"),
            ("email=two@example.com", ""),
            (f"assigned_to={ben.user_id}", "c"),
            (f"assigned_to={ada.user_id}&status=recycled", "b"),
        ):
            assert self.found(ada, made, query) == expected, query
        for query, expected in (("", "c"), ("status=recycled", "c"), ("email=one@example.com", "")):
            assert self.found(ben, made, query) == expected, query
        converted(ada, made["a"])
        assert self.found(ada, made, "status=converted") == "a"
        assert self.found(ada, made, "status=assigned") == ""

    def test_by_any_of_its_names(self, ada: Client) -> None:
        with recorded() as records:
            one = ada.post(PATH, {**FULL, "organization_name": "Größte Flotte"}).json
            lead(ada, "Other")
        project(records)
        for name in ("hopp", "grace", "ace hop", "grosste", "HO"):
            assert ada.get(PATH, query={"name": name}).ids == [one["id"]], name
        assert ada.get(f"{PATH}?name=hopper&status=closed").ids == []

    @pytest.mark.parametrize(
        ("query", "status", "code"),
        [
            ("status=new", 422, "validation_failed"),
            ("email=grace", 422, "validation_failed"),
            ("last_name=x", 400, "unknown_parameter"),
        ],
    )
    def test_what_is_no_filter(self, ada: Client, query: str, status: int, code: str) -> None:
        assert ada.get(f"{PATH}?{query}").problem == (status, code)
