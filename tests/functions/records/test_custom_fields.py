"""/api/custom-fields"""

from collections.abc import Callable
from typing import Any

import pytest

from crm.platform.dynamodb.table import Table
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import DuplicateError, LimitExceededError
from crm.platform.ids import new_id
from crm.records.custom_fields import service
from crm.records.custom_fields.schemas import CustomFieldWrite
from crm.tenancy.permissions import Caller
from tests.support.client import Client, Reply

pytestmark = pytest.mark.thorough

PATH = "/api/custom-fields"
UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"
BODY = {
    "record_type": "entity",
    "field_name": "budget",
    "field_label": "Budget",
    "field_type": "number",
}
COLOURS = {
    **BODY,
    "field_name": "colours",
    "field_type": "multi_choice",
    "choices": ["red", "blue"],
}

Define = Callable[..., Any]


@pytest.fixture
def define(ada: Client) -> Define:
    """Defines a field, with what differs from `BODY`."""

    def made(**fields: Any) -> Any:
        reply = ada.post(PATH, {**BODY, **fields})
        assert reply.status == 201, reply.text
        return reply.json

    return made


def names(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.text
    return [row["field_name"] for row in reply.json["results"]]


def test_making_one(ada: Client, ben: Client) -> None:
    body = {
        **COLOURS,
        "field_label": " Colours ",
        "choices": [" red", "blue"],
        "is_required": True,
        "default_value": ["blue", "red"],
        "help_text": "Those\nthey like",
        "display_order": 7,
    }
    reply = ada.post(PATH, body)
    made = reply.json
    assert reply.status == 201
    assert reply.headers["Location"] == f"{PATH}/{made['id']}"
    assert reply.headers["ETag"] == '"1"'
    assert made == {
        **body,
        "field_label": "Colours",
        "choices": ["red", "blue"],
        "id": made["id"],
        "created_on": made["created_on"],
        "created_by": ada.user_id,
        "updated_on": made["created_on"],
        "updated_by": ada.user_id,
        "version": 1,
    }
    assert ben.get(reply.headers["Location"]).json == made
    assert ben.get(PATH).json["results"] == [made]


def test_defaults(define: Define) -> None:
    made = define()
    assert (made["choices"], made["is_required"]) == ([], False)
    assert (made["default_value"], made["help_text"], made["display_order"]) == (None, None, 0)


@pytest.mark.parametrize(
    ("fields", "value", "kept"),
    [
        ({}, 1250.5, "1250.5"),
        ({"field_type": "boolean"}, False, False),
        ({"field_type": "text"}, "", ""),
        ({"field_type": "datetime"}, "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.000Z"),
        (COLOURS, [], []),
    ],
)
def test_a_default_is_kept_in_its_normal_form(
    ada: Client, define: Define, fields: Any, value: Any, kept: Any
) -> None:
    made = define(**{**fields, "default_value": value})
    assert made["default_value"] == kept
    assert ada.get(f"{PATH}/{made['id']}").json == made
    assert ada.put(f"{PATH}/{made['id']}", {**BODY, **fields, "default_value": kept}).status == 200
    known = service.definitions(str(ada.organization_id), "entity")
    assert list(known.answer(known.create({})).values()) == [kept]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        *(({name: None}, name) for name in BODY),
        ({"record_type": "document"}, "record_type"),
        ({"field_type": "decimal"}, "field_type"),
        *(
            ({"field_name": name}, "field_name")
            for name in ("", "Budget", "1st", "_x", "a-b", "a.b", "ü", "a\n", "a" * 64, 5)
        ),
        ({"field_label": " "}, "field_label"),
        ({"field_label": "x" * 256}, "field_label"),
        ({"display_order": -1}, "display_order"),
        ({"display_order": "1"}, "display_order"),
        ({"display_order": True}, "display_order"),
        ({"is_required": "yes"}, "is_required"),
        ({"help_text": 5}, "help_text"),
        ({"id": UNKNOWN}, "id"),
        ({"version": 1}, "version"),
        ({"field_type": "choice"}, "choices"),
        ({"field_type": "multi_choice", "choices": []}, "choices"),
        ({"choices": ["red"]}, "choices"),
        ({**COLOURS, "choices": ["red", " red "]}, "choices"),
        ({**COLOURS, "choices": ["red", " "]}, "choices.1"),
        ({**COLOURS, "choices": ["red", 5]}, "choices.1"),
        ({**COLOURS, "choices": ["x" * 101]}, "choices.0"),
        ({**COLOURS, "choices": [str(number) for number in range(251)]}, "choices"),
        ({**COLOURS, "choices": "red"}, "choices"),
        ({"default_value": "much"}, "default_value"),
        ({"default_value": {"deep": [1.5]}}, "default_value"),
        ({"field_type": "text", "is_required": True, "default_value": " "}, "default_value"),
        ({**COLOURS, "is_required": True, "default_value": []}, "default_value"),
        ({**COLOURS, "default_value": ["green"]}, "default_value"),
        ({**COLOURS, "default_value": "red"}, "default_value"),
    ],
)
def test_making_refuses(ada: Client, fields: Any, field: str) -> None:
    reply = ada.post(PATH, {**BODY, **fields})
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == [field]
    assert ada.get(PATH).json["count"] == 0


def test_the_longest_definition_fits(ada: Client, define: Define) -> None:
    choices = ["𝔵" * 97 + f"{number:03d}" for number in range(250)]
    made = define(
        **{**COLOURS, "choices": choices, "default_value": choices, "help_text": "𝔵" * 10_000}
    )
    assert ada.get(f"{PATH}/{made['id']}").json == made


def test_members_read_and_admins_write(ada: Client, ben: Client, root: Client) -> None:
    made = ada.post(PATH, BODY).json
    path = f"{PATH}/{made['id']}"
    assert ben.get(path).json == ben.get(PATH).json["results"][0] == made
    for reply in (
        ben.post(PATH, {**BODY, "field_name": "mine"}),
        ben.put(path, BODY),
        ben.patch(path, {"field_label": "Mine"}),
        ben.delete(path),
    ):
        assert reply.problem == (403, "permission_denied")
    assert ada.get(path).json == made
    assert root.patch(path, {"field_label": "Root's"}).status == 200


class TestList:
    def test_is_newest_first(self, ada: Client, define: Define) -> None:
        for name, place in (("a", 2), ("b", 1), ("c", 3)):
            define(field_name=name, display_order=place)
        assert names(ada.get(PATH)) == ["c", "b", "a"]

    def test_of_a_record_type_is_in_display_order(self, ada: Client, define: Define) -> None:
        define(record_type="deal", field_name="other")
        for name, place in (("c", 10), ("a", 2), ("d", 10), ("b", 2), ("z", 1_000_000), ("e", 10)):
            define(field_name=name, display_order=place)
        path = f"{PATH}?record_type=entity"
        ordered = ["a", "b", "c", "d", "e", "z"]
        assert names(ada.get(path)) == ordered
        walked, page = [], ada.get(f"{path}&limit=2")
        walked += names(page)
        while page.json["next"]:
            assert page.json["count"] == 6
            page = ada.get(page.json["next"])
            walked += names(page)
        assert walked == ordered
        assert names(ada.get(f"{path}&offset=4")) == ["e", "z"]
        assert names(ada.get(f"{PATH}?record_type=lead")) == []

    def test_follows_a_move(self, ada: Client, define: Define) -> None:
        first, _ = define(field_name="a"), define(field_name="b")
        ada.patch(f"{PATH}/{first['id']}", {"display_order": 5})
        assert names(ada.get(f"{PATH}?record_type=entity")) == ["b", "a"]

    def test_refuses_what_it_does_not_know(self, ada: Client) -> None:
        assert ada.get(f"{PATH}?type=entity").problem == (400, "unknown_parameter")
        assert ada.get(f"{PATH}?record_type=document").problem == (422, "validation_failed")


def test_a_new_field_is_the_last_of_its_record_type(ada: Client, define: Define) -> None:
    assert define(field_name="a", display_order=4)["display_order"] == 4
    assert define(field_name="b")["display_order"] == 5
    assert define(field_name="c", display_order=None)["display_order"] == 6
    assert define(record_type="deal")["display_order"] == 0
    assert define(field_name="d", display_order=1_000_000)["display_order"] == 1_000_000
    assert define(field_name="e")["display_order"] == 1_000_000
    assert names(ada.get(f"{PATH}?record_type=entity")) == ["a", "b", "c", "d", "e"]


class TestChanging:
    @pytest.fixture
    def path(self, define: Define) -> str:
        define(field_name="first")
        made = define(
            **{
                **COLOURS,
                "default_value": ["red"],
                "help_text": "Help",
                "is_required": True,
                "display_order": 0,
            }
        )
        return f"{PATH}/{made['id']}"

    def test_put_replaces(self, ada: Client, path: str) -> None:
        before = ada.get(path).json
        for version in (2, 3):
            reply = ada.put(path, COLOURS)
            assert (reply.status, reply.headers["ETag"]) == (200, f'"{version}"')
            assert reply.json == {
                **before,
                "default_value": None,
                "help_text": None,
                "is_required": False,
                "display_order": 1,
                "version": version,
                "updated_on": reply.json["updated_on"],
            }
        assert ada.get(path).json == reply.json

    def test_patch_merges(self, ada: Client, path: str) -> None:
        before = ada.get(path).json
        reply = ada.patch(path, {"field_label": "Tints", "default_value": None})
        assert reply.json == {
            **before,
            "field_label": "Tints",
            "default_value": None,
            "version": 2,
            "updated_on": reply.json["updated_on"],
        }
        assert ada.patch(path, {"display_order": None}).json["display_order"] == 1

    @pytest.mark.parametrize(
        ("name", "value"),
        [("record_type", "deal"), ("field_name", "colors"), ("field_type", "choice")],
    )
    def test_name_and_type_stay(self, ada: Client, path: str, name: str, value: str) -> None:
        body = {name: one for name, one in COLOURS.items() if name != "default_value"}
        for reply in (
            ada.patch(path, {name: value, "default_value": None}),
            ada.put(path, {**body, name: value}),
            ada.patch(path, {name: None}),
            ada.put(path, {key: one for key, one in body.items() if key != name}),
        ):
            assert reply.problem == (422, "validation_failed")
            assert reply.fields == [name]
        assert ada.get(path).json["version"] == 1
        assert ada.patch(path, {name: COLOURS[name]}).status == 200

    def test_what_comes_out_must_hold(self, ada: Client, path: str) -> None:
        assert ada.patch(path, {"choices": ["blue"]}).fields == ["default_value"]
        assert ada.patch(path, {"choices": None}).fields == ["choices"]
        assert ada.patch(path, {"default_value": []}).fields == ["default_value"]
        assert ada.patch(path, {"choices": ["blue"], "default_value": ["blue"]}).status == 200

    def test_a_stale_if_match(self, ada: Client, path: str) -> None:
        stale = {"if-match": '"7"'}
        for reply in (
            ada.patch(path, {"field_label": "X"}, headers=stale),
            ada.put(path, COLOURS, headers=stale),
            ada.delete(path, headers=stale),
        ):
            assert reply.problem == (412, "version_conflict")

    def test_values_are_held_to_the_changed_definition(self, ada: Client, path: str) -> None:
        """A list entry is what values are checked by: it must not stay behind its record."""

        def new_record() -> Any:
            known = service.definitions(str(ada.organization_id), "entity")
            return known.answer(known.create({}))

        assert new_record() == {"colours": ["red"]}
        ada.patch(path, {"choices": ["red", "green"], "default_value": ["green"]})
        assert new_record() == {"colours": ["green"]}
        ada.patch(path, {"default_value": None, "is_required": False})
        assert new_record() == {}


class TestName:
    def test_is_taken(self, ada: Client, define: Define) -> None:
        define()
        reply = ada.post(PATH, {**BODY, "field_type": "text"})
        assert reply.problem == (409, "duplicate")
        assert reply.fields == ["field_name"]

    def test_is_free_elsewhere(self, define: Define, eve: Client) -> None:
        define()
        define(record_type="deal")
        assert eve.post(PATH, BODY).status == 201

    def test_is_free_again_after_the_end(self, ada: Client, define: Define) -> None:
        path = f"{PATH}/{define()['id']}"
        reply = ada.delete(path)
        assert (reply.status, reply.text) == (204, "")
        assert ada.delete(path).problem == (404, "not_found")
        assert ada.get(path).problem == (404, "not_found")
        assert ada.get(PATH).json["count"] == 0
        assert names(ada.get(f"{PATH}?record_type=entity")) == []
        define(field_type="text")


class TestLimit:
    @pytest.fixture(autouse=True)
    def three(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CRM_MAX_CUSTOM_FIELDS_PER_ENTITY", "3")

    @pytest.fixture
    def full(self, define: Define) -> list[str]:
        return [define(field_name=name)["id"] for name in "abc"]

    @pytest.mark.usefixtures("full")
    def test_is_obeyed(self, ada: Client) -> None:
        assert ada.post(PATH, BODY).problem == (409, "limit_exceeded")
        assert ada.get(PATH).json["count"] == 3
        assert ada.post(PATH, {**BODY, "field_name": "a"}).problem == (409, "duplicate")

    @pytest.mark.usefixtures("full")
    def test_holds_for_one_record_type_of_one_organization(
        self, define: Define, eve: Client
    ) -> None:
        define(record_type="deal")
        assert eve.post(PATH, BODY).status == 201

    def test_leaves_room_when_a_field_goes(
        self, ada: Client, full: list[str], define: Define
    ) -> None:
        ada.patch(f"{PATH}/{full[1]}", {"field_label": "Changed"})
        assert ada.delete(f"{PATH}/{full[0]}").status == 204
        assert ada.delete(f"{PATH}/{full[0]}").status == 404
        define(field_name="d")
        assert ada.post(PATH, BODY).problem == (409, "limit_exceeded")

    def test_when_it_is_lowered(
        self, ada: Client, full: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CRM_MAX_CUSTOM_FIELDS_PER_ENTITY", "1")
        ada.delete(f"{PATH}/{full[0]}")
        assert ada.post(PATH, BODY).problem == (409, "limit_exceeded")
        assert ada.patch(f"{PATH}/{full[1]}", {"field_label": "Changed"}).status == 200

    def test_of_none(self, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CRM_MAX_CUSTOM_FIELDS_PER_ENTITY", "0")
        assert ada.post(PATH, BODY).problem == (409, "limit_exceeded")

    def test_is_fifty_by_default(self, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("CRM_MAX_CUSTOM_FIELDS_PER_ENTITY")
        replies = [ada.post(PATH, {**BODY, "field_name": f"n{one}"}) for one in range(51)]
        assert [reply.status for reply in replies] == [201] * 50 + [409]
        assert replies[-1].problem == (409, "limit_exceeded")

    def test_is_exact_when_two_race_for_the_last_place(self, ada: Client, define: Define) -> None:
        define(field_name="a")
        define(field_name="b")
        first, second = (self.staged(ada, name) for name in "cd")
        first.commit()
        with pytest.raises(LimitExceededError):
            second.commit()
        assert ada.get(PATH).json["count"] == 3

    def test_counts_none_twice_when_two_race_for_a_name(self, ada: Client, define: Define) -> None:
        define(field_name="a")
        first, second = (self.staged(ada, "b") for _ in range(2))
        first.commit()
        with pytest.raises(DuplicateError):
            second.commit()
        define(field_name="c")

    @staticmethod
    def staged(ada: Client, name: str) -> Transaction:
        transaction = Transaction()
        caller = Caller(ada.user_id, str(ada.organization_id), "admin")
        body = CustomFieldWrite.model_validate({**BODY, "field_name": name})
        service.create(transaction, caller, new_id(), body)
        return transaction


def test_another_organizations_field_is_unknown(eve: Client, define: Define) -> None:
    path = f"{PATH}/{define()['id']}"
    foreign, unknown = eve.get(path), eve.get(f"{PATH}/{UNKNOWN}")
    assert foreign.problem == (404, "not_found")
    assert foreign.text == unknown.text
    assert eve.delete(path).problem == (404, "not_found")
    assert eve.get(PATH).json["count"] == 0


def test_the_definitions_of_a_record_type_are_one_query(
    ada: Client, define: Define, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        define(field_name=f"n{number}", default_value=number)
    reads: list[str] = []
    for name in ("get", "batch_get", "query"):
        original = getattr(Table, name)

        def counted(*args: Any, _name: str = name, _read: Any = original, **options: Any) -> Any:
            reads.append(_name)
            return _read(*args, **options)

        monkeypatch.setattr(Table, name, counted)
    known = service.definitions(str(ada.organization_id), "entity")
    assert len(list(known)) == 30
    assert reads == ["query"]
    assert len(known.create({})) == 30
