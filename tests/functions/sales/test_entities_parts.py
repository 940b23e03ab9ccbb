"""Identifiers, contact points and addresses: parts of an entity, one primary in each group"""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.table import Table
from tests.support.client import Client, Reply
from tests.support.entities import (
    ADDRESS,
    EMAIL,
    IDENTIFIER,
    PATH,
    PHONE,
    UNKNOWN,
    address,
    contact_point,
    detail,
    entity,
    identifier,
    path_of,
)

pytestmark = pytest.mark.thorough

_numbers = count(811569870)


@dataclass(frozen=True)
class Kind:
    """A kind of part, as requests know it.

    Attributes:
        path: its collection.
        embedded: its name in the detail of an entity.
        group: the field within whose value one is primary.
        groups: two values of it, with what goes along with each.
        whole: a body with everything that can be written.
        defaults: what is answered for what is left out.
        required: what cannot be left out.
        wrong: values that a field does not take.
    """

    path: str
    embedded: str
    group: str
    groups: tuple[Any, Any]
    whole: Any
    defaults: Any
    required: tuple[str, ...]
    wrong: list[tuple[str, Any]] = field(default_factory=list)

    def body(self, group: int = 0, **fields: Any) -> Any:
        """A body that nothing has yet, in one of the two groups."""
        number = next(_numbers)
        body = {name: self.whole[name] for name in self.required} | self.groups[group]
        text = str(body.get("value", ""))
        if text:
            body["value"] = {"+": f"+4420718{number % 100000}", "a": f"a{number}@example.com"}.get(
                text[0], f"{text[:2]}{number}"
            )
        return {**body, **fields}


KINDS = [
    Kind(
        "identifiers",
        "identifiers",
        "type",
        ({"type": "vat"}, {"type": "tax_id"}),
        {"type": "vat", "value": "DE 811 569 869", "country": "DE", "is_primary": True},
        {"country": None, "is_primary": False},
        ("type", "value"),
        [
            ("type", "ssn"),
            ("country", "XX"),
            ("country", "Germany"),
            ("value", " - "),
            ("value", "x" * 501),
            ("is_primary", "yes"),
        ],
    ),
    Kind(
        "contact-points",
        "contact_points",
        "channel",
        ({"channel": "email", "value": "a@"}, {"channel": "phone", "value": "+44"}),
        {
            "channel": "email",
            "value": "a@example.com",
            "label": "Work",
            "is_primary": True,
            "can_contact": False,
        },
        {"label": None, "is_primary": False, "can_contact": True},
        ("channel", "value"),
        [
            ("channel", "pigeon"),
            ("value", "nobody"),
            ("value", ""),
            ("label", "x" * 256),
            ("can_contact", "yes"),
        ],
    ),
    Kind(
        "addresses",
        "addresses",
        "kind",
        ({"kind": "billing"}, {"kind": "shipping"}),
        {
            "kind": "billing",
            "line1": "1 Main Street",
            "line2": "Back door",
            "city": "Berlin",
            "region": "Berlin",
            "postal_code": "10115",
            "country": "DE",
            "is_primary": True,
        },
        {"line2": None, "region": None, "postal_code": None, "is_primary": False},
        ("kind", "line1", "city", "country"),
        [("kind", "moon"), ("country", "D"), ("country", "ZZ"), ("line1", " "), ("city", 5)],
    ),
]

kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.path))


@dataclass(frozen=True)
class House:
    """One entity, and one kind of its parts."""

    client: Client
    entity: Any
    kind: Kind

    @property
    def path(self) -> str:
        return f"{path_of(self.entity)}/{self.kind.path}"

    def add(self, group: int = 0, **fields: Any) -> Any:
        reply = self.client.post(self.path, self.kind.body(group, **fields))
        assert reply.status == 201, reply.text
        return reply.json

    def one(self, part: Any) -> str:
        return f"{self.path}/{part['id']}"

    def primaries(self) -> set[str]:
        """The ids of all primaries, wherever they can be read; the three must agree."""
        embedded = detail(self.client, self.entity)[self.kind.embedded]
        listed = self.client.get(self.path).json["results"]
        read = [self.client.get(self.one(part)).json for part in listed]
        assert sorted(embedded, key=str) == sorted(listed, key=str) == sorted(read, key=str)
        return {part["id"] for part in listed if part["is_primary"]}


@pytest.fixture
def house(ada: Client, kind: Kind) -> House:
    return House(ada, entity(ada), kind)


@kinds
class TestEachKind:
    def test_adding_one(self, house: House, kind: Kind) -> None:
        reply = house.client.post(f"{house.path}/", kind.whole)
        made = reply.json
        assert reply.status == 201
        assert reply.headers["Location"] == house.one(made)
        assert reply.headers["ETag"] == '"1"'
        assert made == {
            **kind.whole,
            "id": made["id"],
            "entity_id": house.entity["id"],
            "created_on": made["created_on"],
            "created_by": house.client.user_id,
            "updated_on": made["created_on"],
            "updated_by": house.client.user_id,
            "version": 1,
        }
        assert house.client.get(house.one(made)).json == made
        assert house.client.get(house.path).json["results"] == [made]
        assert detail(house.client, house.entity)[kind.embedded] == [made]
        assert detail(house.client, house.entity)["version"] == 1

    def test_defaults(self, house: House, kind: Kind) -> None:
        made = house.add()
        assert {name: made[name] for name in kind.defaults} == kind.defaults

    def test_what_is_required(self, house: House, kind: Kind) -> None:
        reply = house.client.post(house.path, {})
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == list(kind.required)

    def test_what_is_refused(self, house: House, kind: Kind) -> None:
        made = house.add()
        wrong = [*kind.wrong, ("id", UNKNOWN), ("entity_id", UNKNOWN), ("version", 1), ("x", 1)]
        for name, value in wrong:
            body = kind.body(**{name: value})
            for reply in (
                house.client.post(house.path, body),
                house.client.put(house.one(made), body),
                house.client.patch(house.one(made), {name: value}),
            ):
                assert reply.problem == (422, "validation_failed"), (name, value)
                assert reply.fields == [name]
        assert house.client.get(house.path).json["results"] == [made]

    def test_put_goes_back_to_defaults(self, house: House, kind: Kind) -> None:
        made = house.client.post(house.path, kind.whole).json
        body = {name: kind.whole[name] for name in kind.required}
        reply = house.client.put(house.one(made), body)
        assert reply.headers["ETag"] == '"2"'
        assert reply.json == {
            **made,
            **kind.defaults,
            "updated_on": reply.json["updated_on"],
            "version": 2,
        }
        assert house.client.get(house.one(made)).json == reply.json
        assert house.primaries() == set()

    def test_patch_changes_what_it_names_and_null_clears(self, house: House, kind: Kind) -> None:
        made = house.client.post(house.path, kind.whole).json
        for name, default in kind.defaults.items():
            reply = house.client.patch(house.one(made), {name: None})
            assert reply.json[name] == default
            made = {**made, name: default}
            assert {key: reply.json[key] for key in kind.whole} == {
                key: made[key] for key in kind.whole
            }
        for name in kind.required:
            assert house.client.patch(house.one(made), {name: None}).fields == [name]

    def test_deleting(self, house: House) -> None:
        made = house.add(is_primary=True)
        assert house.client.delete(house.one(made)).status == 204
        assert house.client.delete(house.one(made)).problem == (404, "not_found")
        assert house.client.get(house.one(made)).problem == (404, "not_found")
        assert house.primaries() == set()

    def test_a_stale_if_match(self, house: House, kind: Kind) -> None:
        made = house.add()
        house.client.patch(house.one(made), {"is_primary": True})
        stale = {"if-match": '"1"'}
        for method, body in (("PUT", kind.body()), ("PATCH", {}), ("DELETE", None)):
            reply = house.client.call(method, house.one(made), json=body, headers=stale)
            assert reply.problem == (412, "version_conflict")

    def test_what_never_was(self, house: House, kind: Kind) -> None:
        made = house.add()
        elsewhere = f"{path_of(entity(house.client))}/{kind.path}/{made['id']}"
        nowhere = f"{PATH}/{UNKNOWN}/{kind.path}"
        for path in (
            f"{house.path}/{UNKNOWN}",
            f"{house.path}/x",
            elsewhere,
            f"{nowhere}/{UNKNOWN}",
        ):
            for method, body in (
                ("GET", None),
                ("PUT", kind.body()),
                ("PATCH", {}),
                ("DELETE", None),
            ):
                assert house.client.call(method, path, json=body).problem == (404, "not_found")
        assert house.client.get(nowhere).problem == (404, "not_found")
        assert house.client.post(nowhere, kind.body()).problem == (404, "not_found")

    def test_the_list_is_newest_first_and_walked_by_next(self, house: House) -> None:
        made = [house.add()["id"] for _ in range(5)]
        first = house.client.get(f"{house.path}?limit=3")
        assert first.ids == made[:1:-1]
        assert house.client.get(first.json["next"]).ids == made[1::-1]
        assert first.json["count"] == 5


@kinds
class TestPrimary:
    def test_one_takes_over_from_the_other(self, house: House) -> None:
        first, second = house.add(is_primary=True), house.add(is_primary=True)
        assert house.primaries() == {second["id"]}
        assert house.client.get(house.one(first)).json["version"] == 2
        house.client.patch(house.one(first), {"is_primary": True})
        assert house.primaries() == {first["id"]}

    def test_one_of_many(self, house: House) -> None:
        parts = [house.add(is_primary=n % 2 == 0) for n in range(4)]
        for part in (*parts, *parts[::-1]):
            house.client.patch(house.one(part), {"is_primary": True})
            assert house.primaries() == {part["id"]}

    def test_each_group_has_its_own(self, house: House) -> None:
        parts = [house.add(group, is_primary=True)["id"] for group in (0, 1)]
        assert house.primaries() == set(parts)

    def test_each_entity_has_its_own(self, house: House) -> None:
        other = House(house.client, entity(house.client), house.kind)
        mine, theirs = house.add(is_primary=True), other.add(is_primary=True)
        assert (house.primaries(), other.primaries()) == ({mine["id"]}, {theirs["id"]})

    def test_none_after_it_is_unset(self, house: House) -> None:
        first, second = house.add(is_primary=True), house.add()
        house.client.patch(house.one(first), {"is_primary": False})
        assert house.primaries() == set()
        house.client.patch(house.one(second), {"is_primary": True})
        assert house.primaries() == {second["id"]}

    def test_none_after_it_is_deleted(self, house: House) -> None:
        first, second = house.add(is_primary=True), house.add()
        house.client.delete(house.one(first))
        assert house.primaries() == set()
        house.client.patch(house.one(second), {"is_primary": True})
        assert house.primaries() == {second["id"]}

    def test_it_stays_one_when_something_else_changes(self, house: House, kind: Kind) -> None:
        first = house.client.post(house.path, {**kind.whole, "is_primary": True}).json
        name = next(iter(set(kind.whole) - {kind.group, "is_primary"} - set(kind.required)))
        house.client.patch(house.one(first), {name: kind.whole[name]})
        assert house.primaries() == {first["id"]}
        house.client.delete(house.one(house.add()))
        assert house.primaries() == {first["id"]}

    def test_it_takes_over_in_the_group_that_it_changes_to(self, house: House) -> None:
        first, second = house.add(0, is_primary=True), house.add(1, is_primary=True)
        third = house.add(0)
        changed = house.kind.body(1, is_primary=True)
        assert house.client.put(house.one(first), changed).status == 200
        assert house.primaries() == {first["id"]}
        house.client.patch(house.one(third), {"is_primary": True})
        assert house.primaries() == {first["id"], third["id"]}
        house.client.patch(house.one(second), {"is_primary": True})
        assert house.primaries() == {second["id"], third["id"]}

    def test_of_two_that_take_over_at_the_same_time_one_looks_again(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The one that it would take over from is read after what says which one that is."""
        first, second, third = house.add(is_primary=True), house.add(), house.add()
        get, overtaking = Table.get, list[Reply]()
        pending = [house.one(second)]

        def meanwhile(table: Table, key: Key) -> Item | None:
            if key.sk.endswith(first["id"]) and pending:
                overtaking.append(house.client.patch(pending.pop(), {"is_primary": True}))
            return get(table, key)

        with monkeypatch.context() as patch:
            patch.setattr(Table, "get", meanwhile)
            reply = house.client.patch(house.one(third), {"is_primary": True})
        assert [one.status for one in (*overtaking, reply)] == [200, 200]
        assert house.primaries() == {third["id"]}

    def test_one_that_is_not_primary_changes_groups_unnoticed(self, house: House) -> None:
        first, second = house.add(0), house.add(1, is_primary=True)
        assert house.client.put(house.one(first), house.kind.body(1)).status == 200
        assert house.primaries() == {second["id"]}


class TestIdentifiers:
    SPELLINGS = ("DE811569869", "de 811.569.869", "\uff24\uff25 811-569-869")

    @pytest.mark.parametrize("spelling", SPELLINGS)
    def test_one_number_in_another_spelling_is_a_duplicate(
        self, ada: Client, spelling: str
    ) -> None:
        holder, other = entity(ada, "Holder Ltd"), entity(ada)
        identifier(ada, holder)
        for country in (None, "DE"):
            body = {"type": "vat", "value": spelling, "country": country}
            reply = ada.post(f"{path_of(other)}/identifiers", body)
            assert reply.problem == (409, "duplicate")
            assert reply.fields == ["value"]
            assert "Holder Ltd" in reply.text
            assert holder["id"] in reply.text

    def test_it_is_kept_as_it_was_sent(self, ada: Client) -> None:
        made = identifier(ada, entity(ada), value=" DE 811.569-869 ")
        assert made["value"] == "DE 811.569-869"

    def test_who_cannot_see_the_holder_does_not_learn_of_it(self, ada: Client, ben: Client) -> None:
        holder = entity(ada, "Secret Holder")
        identifier(ada, holder)
        reply = ben.post(f"{path_of(entity(ben))}/identifiers", IDENTIFIER)
        assert reply.problem == (409, "duplicate")
        assert "Secret" not in reply.text
        assert holder["id"] not in reply.text

    def test_the_same_entity_has_it_once_too(self, ada: Client) -> None:
        one = entity(ada)
        identifier(ada, one)
        reply = ada.post(f"{path_of(one)}/identifiers", IDENTIFIER)
        assert reply.problem == (409, "duplicate")

    @pytest.mark.parametrize(
        "otherwise", [{"type": "tax_id"}, {"country": "FR"}, {"value": "DE811569868"}]
    )
    def test_another_type_country_or_value_is_another_one(
        self, ada: Client, otherwise: Any
    ) -> None:
        one = entity(ada)
        identifier(ada, one)
        identifier(ada, entity(ada), **otherwise)

    def test_organizations_do_not_know_of_one_another(self, ada: Client, eve: Client) -> None:
        identifier(ada, entity(ada))
        identifier(eve, entity(eve))

    @pytest.mark.parametrize(
        "how", ["part deleted", "value changed", "type changed", "entity gone"]
    )
    def test_it_is_free_when_its_holder_goes(self, ada: Client, how: str) -> None:
        holder = entity(ada)
        held = f"{path_of(holder)}/identifiers/{identifier(ada, holder)['id']}"
        body = {**IDENTIFIER, "value": "de811569869"}
        other = f"{path_of(entity(ada))}/identifiers"
        assert ada.post(other, body).problem == (409, "duplicate")
        done = {
            "part deleted": lambda: ada.delete(held),
            "value changed": lambda: ada.patch(held, {"value": "DE 1"}),
            "type changed": lambda: ada.patch(held, {"type": "other"}),
            "entity gone": lambda: ada.delete(path_of(holder)),
        }[how]()
        assert done.status < 300
        assert ada.post(other, body).status == 201

    def test_a_change_to_a_value_that_is_taken(self, ada: Client) -> None:
        identifier(ada, entity(ada))
        other = entity(ada)
        mine = identifier(ada, other, value="DE1")
        path = f"{path_of(other)}/identifiers/{mine['id']}"
        assert ada.patch(path, {"value": "de811569869"}).problem == (409, "duplicate")
        assert ada.patch(path, {"value": "de-1", "country": "DE"}).status == 200
        assert ada.get(path).json["version"] == 2

    def test_a_value_of_any_length(self, ada: Client) -> None:
        one = entity(ada)
        made = identifier(ada, one, type="other", value="\ufdfa" * 500)
        path = f"{path_of(one)}/identifiers/{made['id']}"
        assert ada.patch(path, {"country": "DE"}).status == 200
        assert ada.delete(path).status == 204


class TestContactPoints:
    @pytest.mark.parametrize(
        ("channel", "value", "normal"),
        [
            ("email", "Ada@EXAMPLE.com", "Ada@example.com"),
            ("phone", "0044 20 7183 8750", "+442071838750"),
            ("mobile", "+44 7400 123456", "+447400123456"),
            ("fax", "+44 (0)20 7183-8750", "+442071838750"),
            ("website", "Example.com", "https://example.com/"),
            ("social", "http://you.example/@Ada", "http://you.example/@Ada"),
        ],
    )
    def test_a_value_is_kept_in_its_normal_form(
        self, ada: Client, channel: str, value: str, normal: str
    ) -> None:
        one = entity(ada)
        made = contact_point(ada, one, channel=channel, value=value)
        assert made["value"] == normal
        path = f"{path_of(one)}/contact-points/{made['id']}"
        assert ada.patch(path, {"label": "Work"}).json["value"] == normal
        assert ada.put(path, {"channel": channel, "value": value}).json["value"] == normal

    @pytest.mark.parametrize(
        ("channel", "value"),
        [
            ("email", "+442071838750"),
            ("email", "ada@"),
            ("phone", "020 7183 8750"),
            ("phone", "ada@example.com"),
            ("phone", "+1 555 2671"),
            ("mobile", "+44"),
            ("fax", "none"),
            ("website", "javascript:alert(1)"),
            ("website", "ftp://example.com"),
            ("social", "https://"),
            ("website", "https://example.com/" + "ü" * 300),
        ],
    )
    def test_a_value_that_is_none_of_its_channel(
        self, ada: Client, channel: str, value: str
    ) -> None:
        one = entity(ada)
        path = f"{path_of(one)}/contact-points"
        reply = ada.post(path, {"channel": channel, "value": value})
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == ["value"]

    def test_a_change_of_channel_needs_a_value_of_it(self, ada: Client) -> None:
        one = entity(ada)
        path = f"{path_of(one)}/contact-points/{contact_point(ada, one)['id']}"
        assert ada.patch(path, {"channel": "phone"}).fields == ["value"]
        changed = ada.patch(path, PHONE)
        assert changed.json["value"] == "+442071838750"
        assert ada.get(PATH, query={"contact_point": "+442071838750"}).ids == [one["id"]]
        assert ada.get(PATH, query={"contact_point": EMAIL["value"]}).ids == []

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (EMAIL, {**EMAIL, "value": "ADA@example.com"}),
            (PHONE, {**PHONE, "value": "00442071838750"}),
            (
                {"channel": "website", "value": "example.com"},
                {"channel": "website", "value": "HTTPS://EXAMPLE.COM/"},
            ),
        ],
    )
    def test_an_entity_has_one_once(self, ada: Client, first: Any, second: Any) -> None:
        one = entity(ada)
        made = contact_point(ada, one, **first)
        reply = ada.post(f"{path_of(one)}/contact-points", second)
        assert reply.problem == (409, "duplicate")
        assert reply.fields == ["value"]
        contact_point(ada, entity(ada), **second)
        assert ada.delete(f"{path_of(one)}/contact-points/{made['id']}").status == 204
        contact_point(ada, one, **second)

    def test_one_number_on_two_channels(self, ada: Client) -> None:
        one = entity(ada)
        contact_point(ada, one, **PHONE)
        contact_point(ada, one, channel="fax", value=PHONE["value"])
        assert len(detail(ada, one)["contact_points"]) == 2


class TestAddresses:
    def test_a_country_in_small_letters(self, ada: Client) -> None:
        assert address(ada, entity(ada), country="de")["country"] == "DE"

    def test_the_same_address_twice_is_two(self, ada: Client) -> None:
        one = entity(ada)
        address(ada, one)
        address(ada, one)
        assert len(detail(ada, one)["addresses"]) == 2
        assert {part["line1"] for part in detail(ada, one)["addresses"]} == {ADDRESS["line1"]}
