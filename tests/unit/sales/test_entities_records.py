"""The lists and unique values of entities and of what hangs on them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.platform.dynamodb import keys
from crm.records.owned_record import OwnedRecord
from crm.sales.entities.schemas import Address, ContactPoint, Entity, Identifier, Relationship

ORGANIZATION = "01a1ffdb-0000-7000-8000-000000000001"
ID, OTHER, ENTITY, TARGET = (f"01a1ffdb-0000-7000-8000-00000000001{n}" for n in range(4))
LONG = "\ufdfa" * 255
"""Folded, each of these letters is eighteen of another."""


def entity(**fields: Any) -> Entity:
    whole = {"id": ID, "type": "account", "name": "Acme", "assigned_to": "olga", **fields}
    return Entity.create(ORGANIZATION, "carl", **whole)


def identifier(**fields: Any) -> Identifier:
    whole = {"id": ID, "entity_id": ENTITY, "type": "vat", "value": "DE 1234", **fields}
    return Identifier.create(ORGANIZATION, "carl", **whole)


def contact_point(**fields: Any) -> ContactPoint:
    whole = {
        "id": ID,
        "entity_id": ENTITY,
        "channel": "email",
        "value": "Ada@example.com",
        **fields,
    }
    return ContactPoint.create(ORGANIZATION, "carl", **whole)


def relationship(**fields: Any) -> Relationship:
    whole = {
        "id": ID,
        "entity_id": ENTITY,
        "from_entity": ENTITY,
        "to_entity": TARGET,
        "relationship_type": "Works at",
        **fields,
    }
    return Relationship.create(ORGANIZATION, "carl", **whole)


class TestOwnedRecords:
    def test_a_record_is_in_the_lists_of_its_people_and_teams_by_tile(self) -> None:
        names = entity(shared_with=["t1", "t2"]).index_entries()
        assert names == dict.fromkeys(
            [
                "all#account",
                "creator#carl#account",
                "assigned#olga#account",
                "team#t1#account",
                "team#t2#account",
                "status#active",
                "name#acme",
            ],
            ID,
        )

    def test_lists_hold_each_record_at_its_id(self) -> None:
        assert set(entity(assigned_to="carl").index_entries().values()) == {ID}

    @pytest.mark.parametrize("list_partition", Entity.list_partitions)
    def test_each_type_is_a_tile(self, list_partition: Any) -> None:
        assert f"all#{list_partition}" in entity(type=list_partition).index_entries()
        assert entity(type=list_partition).list_partition == list_partition

    def test_the_lists_of_a_team_are_those_that_a_record_shared_with_it_is_in(self) -> None:
        of_team = Entity.team_lists("t1")
        for list_partition in Entity.list_partitions:
            names = entity(type=list_partition, shared_with=["t1"]).index_entries()
            assert len(set(of_team) & set(names)) == 1
        assert not set(of_team) & set(entity().index_entries())

    def test_owners_and_teams(self) -> None:
        record = entity(shared_with=["t1"])
        assert set(record.owners) == {"olga", "carl"}
        assert list(record.viewing_teams) == list(record.changing_teams) == ["t1"]

    def test_a_kind_without_filters_has_no_further_lists(self) -> None:
        assert list(OwnedRecord.index_names(entity())) == []


class TestEntities:
    def test_one_name_has_one_list_in_each_spelling(self) -> None:
        one, other = (entity(name=name).index_entries() for name in ("  MÜLLER  ag", "Muller AG"))
        assert [name for name in one if name.startswith("name#")] == ["name#muller ag"]
        assert set(one) == set(other)

    def test_an_entity_has_no_unique_value(self) -> None:
        assert entity().unique_constraints() == {}

    def test_what_it_was_merged_from_is_not_answered(self) -> None:
        merged = entity(merged_from=[OTHER])
        assert "merged_from" not in merged.answer()
        assert merged.action(entity()) == "merged"
        assert entity().action(entity()) == "updated"
        assert entity().action(None) == "created"


class TestIdentifiers:
    def test_it_is_unique_by_type_country_and_value(self) -> None:
        assert identifier().unique_constraints() == {"value": "vat|DE|1234"}
        assert (
            identifier(country="DE", value="1234").unique_constraints()
            == identifier().unique_constraints()
        )
        assert identifier(type="tax_id", country="DE").unique_constraints() == {
            "value": "tax_id|DE|DE1234"
        }

    def test_its_entity_is_found_by_it(self) -> None:
        assert identifier().entity_lists() == {"identifier#1234": f"{ID}#{ENTITY}"}

    def test_its_guard_names_the_entity(self) -> None:
        assert identifier().constraint_item() == {"record_id": ID, "entity_id": ENTITY}

    def test_it_stands_with_its_entity(self) -> None:
        assert identifier().key == (f"ORG#{ORGANIZATION}#ENTITY#{ENTITY}", f"#IDENTIFIER#{ID}")
        assert identifier().index_entries() == {}


class TestContactPoints:
    def test_an_entity_has_it_once(self) -> None:
        assert contact_point().unique_constraints() == {"value": f"{ENTITY}|email|ada@example.com"}
        other = contact_point(entity_id=TARGET)
        assert other.unique_constraints() != contact_point().unique_constraints()

    def test_its_entity_is_found_by_it(self) -> None:
        assert contact_point().entity_lists() == {"contact#email#ada@example.com": ENTITY}

    def test_groups(self) -> None:
        address = Address.create(
            ORGANIZATION,
            "carl",
            entity_id=ENTITY,
            kind="home",
            line1="1",
            city="X",
            country="DE",
        )
        assert [contact_point().group, identifier().group, address.group] == [
            "email",
            "vat",
            "home",
        ]
        assert address.unique_constraints() == address.entity_lists() == {}


class TestRelationships:
    def test_one_copy_guards_the_pair_and_type(self) -> None:
        outgoing = relationship()
        assert outgoing.unique_constraints() == {"relationship_type": f"{ENTITY}|{TARGET}|works at"}
        assert outgoing.other_copy().unique_constraints() == {}
        assert (
            relationship(relationship_type=" WORKS  at").unique_constraints()
            == outgoing.unique_constraints()
        )

    def test_the_other_copy_stands_with_the_other_entity(self) -> None:
        other = relationship().other_copy()
        assert other.key == keys.child_item(
            keys.record(ORGANIZATION, "entity", TARGET), "relationship", ID
        )
        assert (other.direction, other.other_id) == ("incoming", ENTITY)
        assert relationship().other_id == TARGET

    @given(
        st.text(min_size=1, max_size=20),
        st.none() | st.text(max_size=10),
        st.sampled_from(["outgoing", "incoming"]),
        st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
    )
    def test_the_other_copy_of_the_other_copy_is_the_first(
        self, kind: str, inverse: str | None, direction: str, custom: dict[str, str]
    ) -> None:
        one = relationship(
            relationship_type=kind,
            inverse_type=inverse,
            custom_fields=custom,
            direction=direction,
            entity_id=ENTITY if direction == "outgoing" else TARGET,
        )
        assert one.other_copy().other_copy() == one
        assert one.other_copy().key != one.key


@pytest.mark.parametrize(
    "one",
    [
        entity(name=LONG),
        identifier(value=LONG * 2),
        contact_point(channel="website", value="https://example.com/" + "x" * 480),
        relationship(relationship_type=LONG),
    ],
)
def test_no_key_is_longer_than_dynamodb_takes(one: Any) -> None:
    entries = {**one.index_entries(), **getattr(one, "entity_lists", dict)()}
    made = [keys.index_item(ORGANIZATION, one.KIND, *item) for item in entries.items()]
    made += [
        keys.unique_constraint(ORGANIZATION, one.KIND, value)
        for value in one.unique_constraints().values()
    ]
    assert made
    assert all(len(key.pk.encode()) <= 2048 and len(key.sk.encode()) <= 1024 for key in made)


def test_long_values_that_differ_have_different_keys() -> None:
    one, other = (identifier(value=LONG + end).unique_constraints()["value"] for end in "12")
    assert keys.unique_constraint(ORGANIZATION, "identifier", one) != keys.unique_constraint(
        ORGANIZATION, "identifier", other
    )
