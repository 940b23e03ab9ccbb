"""Duplicates, and making one entity of two"""

from typing import Any

import pytest

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.table import Table
from crm.platform.dynamodb.transaction import Transaction
from crm.sales.entities import deletion, duplicates
from tests.support.client import Client
from tests.support.crashes import after_each_commit
from tests.support.deals import deal
from tests.support.entities import (
    EMAIL,
    IDENTIFIER,
    NOTHING,
    PATH,
    PHONE,
    UNKNOWN,
    address,
    contact_point,
    detail,
    entity,
    identifier,
    path_of,
    related,
)
from tests.support.related import about, attach
from tests.support.stream import project, recorded
from tests.support.tables import items, mentioning, restore, snapshot, timeless

pytestmark = pytest.mark.thorough


class TestDuplicates:
    @staticmethod
    def found(client: Client, one: Any) -> dict[str, list[str]]:
        reply = client.get(f"{path_of(one)}/duplicates")
        assert reply.status == 200, reply.text
        assert reply.json["count"] == len(reply.json["results"])
        return {row["entity"]["id"]: row["reasons"] for row in reply.json["results"]}

    def test_none(self, ada: Client) -> None:
        entity(ada, "Other")
        assert self.found(ada, entity(ada)) == {}

    @pytest.mark.parametrize("name", ["acme", "  ACME", "Ácme"])
    def test_the_same_name(self, ada: Client, name: str) -> None:
        one, other = entity(ada), entity(ada, name, type="contact")
        assert self.found(ada, one) == {other["id"]: ["name"]}
        assert self.found(ada, other) == {one["id"]: ["name"]}

    @pytest.mark.parametrize(
        ("first", "second", "reasons"),
        [
            (EMAIL, {**EMAIL, "value": "ADA@EXAMPLE.COM"}, ["email"]),
            (PHONE, PHONE, ["phone"]),
            (PHONE, {"channel": "mobile", "value": "0044 2071838750"}, ["phone"]),
            (PHONE, {"channel": "fax", "value": "+442071838750"}, ["phone"]),
            (
                {"channel": "website", "value": "example.com"},
                {"channel": "website", "value": "example.com"},
                None,
            ),
            (PHONE, {**PHONE, "value": "+44 20 7183 8751"}, None),
        ],
    )
    def test_the_same_contact_point(
        self, ada: Client, first: Any, second: Any, reasons: list[str] | None
    ) -> None:
        one, other = entity(ada), entity(ada, "Other")
        contact_point(ada, one, **first)
        contact_point(ada, other, **second)
        assert self.found(ada, one) == ({other["id"]: reasons} if reasons else {})

    def test_the_same_identifier_under_another_type_or_country(self, ada: Client) -> None:
        one, other = entity(ada), entity(ada, "Other")
        identifier(ada, one)
        identifier(ada, other, type="tax_id", value="811 569 869", country="DE")
        assert self.found(ada, one) == {other["id"]: ["identifier"]}

    def test_all_reasons_at_once_and_each_once(self, ada: Client) -> None:
        one, other = entity(ada), entity(ada)
        for each in (one, other):
            contact_point(ada, each)
            contact_point(ada, each, **PHONE)
            contact_point(ada, each, channel="fax", value=PHONE["value"])
        identifier(ada, one)
        identifier(ada, other, type="other", value="811569869")
        assert {key: sorted(value) for key, value in self.found(ada, one).items()} == {
            other["id"]: ["email", "identifier", "name", "phone"]
        }

    def test_however_many_parts_stand_before(self, ada: Client) -> None:
        one, other = entity(ada), entity(ada, "Other")
        for n in range(101):
            address(ada, one, line1=f"{n}")
        contact_point(ada, one)
        contact_point(ada, other)
        assert self.found(ada, one) == {other["id"]: ["email"]}

    def test_only_those_that_the_caller_may_see(
        self, ada: Client, ben: Client, eve: Client
    ) -> None:
        one, hidden, theirs = entity(ben), entity(ada), entity(ben)
        entity(eve)
        assert set(self.found(ben, one)) == {theirs["id"]}
        assert set(self.found(ada, one)) == {hidden["id"], theirs["id"]}

    def test_not_what_is_gone(self, ada: Client) -> None:
        one, other = entity(ada), entity(ada)
        ada.delete(path_of(other))
        assert self.found(ada, one) == {}

    def test_the_likeliest_come_first(
        self, ada: Client, ben: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(duplicates, "MAX_DUPLICATES", 3)
        one, other = entity(ben, "Same"), entity(ben, "Other")
        *_, hidden = [entity(ada, "Same") for _ in range(3)]
        first, _, both = [entity(ben, "Same") for _ in range(3)]
        for each in (one, hidden, both, other):
            contact_point(ada, each)
        reply = ben.get(f"{path_of(one)}/duplicates")
        found = [(row["entity"]["id"], row["reasons"]) for row in reply.json["results"]]
        assert found == [
            (both["id"], ["email", "name"]),
            (other["id"], ["email"]),
            (first["id"], ["name"]),
        ]
        assert (reply.json["count"], reply.json["count_exact"]) == (3, False)

    def test_of_a_name_that_very_many_have(
        self, ada: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(duplicates, "MAX_HITS", 2)
        *_, one = [entity(ada) for _ in range(3)]
        assert ada.get(f"{path_of(one)}/duplicates").json["count_exact"] is False
        monkeypatch.setattr(duplicates, "MAX_HITS", 3)
        assert ada.get(f"{path_of(one)}/duplicates").json["count_exact"] is True

    @pytest.mark.parametrize(("clues", "exact"), [(2, False), (3, True)])
    def test_of_one_with_very_many_contact_points(
        self, ada: Client, clues: int, exact: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(duplicates, "MAX_CLUES", clues)
        one = entity(ada)
        for n in range(2):
            contact_point(ada, one, value=f"{n}@example.com")
        assert ada.get(f"{path_of(one)}/duplicates").json["count_exact"] is exact

    def test_of_nothing(self, ada: Client, ben: Client) -> None:
        assert ada.get(f"{PATH}/{UNKNOWN}/duplicates").problem == (404, "not_found")
        hidden = entity(ada)
        assert ben.get(f"{path_of(hidden)}/duplicates").problem == (403, "permission_denied")


def merge(client: Client, into: Any, other: Any) -> Any:
    reply = client.post(f"{path_of(into)}/merge", {"from": other["id"]})
    assert reply.status == 200, reply.text
    return reply.json


@pytest.fixture
def into(ada: Client) -> Any:
    return entity(ada, "Acme", note="Ours", assigned_to=ada.user_id)


@pytest.fixture
def other(ada: Client, ben: Client, team: str) -> Any:
    return entity(
        ada,
        "ACME Ltd",
        type="organization",
        legal_name="Acme Limited",
        note="Theirs",
        assigned_to=ben.user_id,
        shared_with=[team],
    )


def crowded(ada: Client, into: Any, other: Any) -> Any:
    """Give both entities parts of each kind, some of them the same; answers a third entity."""
    third = entity(ada, "Third")
    for each, mark in ((into, "1"), (other, "2")):
        address(ada, each, line1=mark, is_primary=True)
        address(ada, each, line1=mark, kind="shipping", is_primary=mark == "2")
        contact_point(ada, each, value="both@example.com", is_primary=mark == "2")
        contact_point(ada, each, value=f"only{mark}@example.com", is_primary=mark == "1")
        contact_point(ada, each, **PHONE, is_primary=True)
        contact_point(ada, each, channel="website", value=f"{mark}.example", is_primary=True)
        identifier(ada, each, value=f"DE{mark}", is_primary=True)
        related(ada, each, third, "supplies")
        related(ada, third, each, f"likes {mark}")
    identifier(ada, other, type="duns", value="150483782", is_primary=True)
    related(ada, into, other, "owns")
    related(ada, other, into, "owns")
    return third


def busy(ada: Client, into: Any, other: Any) -> None:
    """Give both entities deals, activities and documents, one document the same."""
    shared = attach(ada, "entity", into)["document_id"]
    attach(ada, "entity", other, file=None, document_id=shared)
    for each in (into, other):
        deal(ada, entity_id=each["id"])
        attach(ada, "entity", each)
        about(ada, "entity", each, {"type": "note", "subject": "Called"})


def settled() -> Any:
    """Return the records table, without times and the ids of events."""
    return {
        (pk, "an event" if "#LIST#EVENT#" in pk else sk): {**item, "sk": None}
        for (pk, sk), item in timeless(items()).items()
    }


class TestMerge:
    def test_this_ones_values_stay_and_its_gaps_are_filled(
        self, ada: Client, into: Any, other: Any
    ) -> None:
        merged = merge(ada, into, other)
        assert merged == {
            **into,
            "legal_name": "Acme Limited",
            "updated_on": merged["updated_on"],
            "version": 2,
        }
        assert detail(ada, into) == {**merged, **NOTHING}
        assert ada.get(path_of(other)).problem == (404, "not_found")
        assert ada.get(PATH).ids == [into["id"]]

    def test_everything_moves(self, ada: Client, into: Any, other: Any) -> None:
        third = crowded(ada, into, other)
        before = [detail(ada, one) for one in (into, other)]
        merge(ada, into, other)
        after = detail(ada, into)
        assert {part["entity_id"] for part in after["addresses"]} == {into["id"]}
        for kind, dropped in (("identifiers", 0), ("addresses", 0), ("contact_points", 2)):
            assert len(after[kind]) == len(before[0][kind]) + len(before[1][kind]) - dropped
        values = [(part["channel"], part["value"]) for part in after["contact_points"]]
        assert sorted(values) == [
            ("email", "both@example.com"),
            ("email", "only1@example.com"),
            ("email", "only2@example.com"),
            ("phone", "+442071838750"),
            ("website", "https://1.example/"),
            ("website", "https://2.example/"),
        ]
        rows = [
            (row["direction"], row["relationship_type"], row["other"]["name"])
            for row in after["relationships"]
        ]
        assert sorted(rows) == [
            ("incoming", "likes 1", "Third"),
            ("incoming", "likes 2", "Third"),
            ("outgoing", "supplies", "Third"),
        ]
        ends = [row["other"]["id"] for row in detail(ada, third)["relationships"]]
        assert ends == [into["id"]] * 3

    def test_primaries_of_this_one_stay_and_others_fill_empty_groups(
        self, ada: Client, into: Any, other: Any
    ) -> None:
        crowded(ada, into, other)
        merge(ada, into, other)
        after = detail(ada, into)

        def primaries(kind: str, group: str, value: str) -> dict[str, str]:
            found = [(part[group], part[value]) for part in after[kind] if part["is_primary"]]
            assert len(dict(found)) == len(found)
            return dict(found)

        assert primaries("addresses", "kind", "line1") == {"billing": "1", "shipping": "2"}
        assert primaries("identifiers", "type", "value") == {"vat": "DE1", "duns": "150483782"}
        assert primaries("contact_points", "channel", "value") == {
            "email": "only1@example.com",
            "phone": "+442071838750",
            "website": "https://1.example/",
        }

    def test_what_moved_is_found_at_its_new_place(self, ada: Client, into: Any, other: Any) -> None:
        crowded(ada, into, other)
        merge(ada, into, other)
        assert ada.get(PATH, query={"contact_point": "only2@example.com"}).ids == [into["id"]]
        assert ada.get(PATH, query={"contact_point": "both@example.com"}).ids == [into["id"]]
        taken = ada.post(f"{path_of(entity(ada))}/identifiers", {**IDENTIFIER, "value": "de2"})
        assert taken.problem == (409, "duplicate")
        assert into["id"] in taken.text
        for part in detail(ada, into)["identifiers"]:
            path = f"{path_of(into)}/identifiers/{part['id']}"
            assert ada.patch(path, {"is_primary": True}).status == 200
            assert ada.delete(path).status == 204
        identifier(ada, entity(ada), value="DE2")

    def test_nothing_of_the_other_one_is_left(self, ada: Client, into: Any, other: Any) -> None:
        crowded(ada, into, other)
        merge(ada, into, other)
        left = [pk.rpartition("#")[0] for pk, _ in mentioning(other["id"])]
        prefix = f"ORG#{ada.organization_id}"
        assert sorted(left) == [
            f"{prefix}#ENTITY",
            f"{prefix}#LIST#EVENT#entity",
        ], "but what remembers the merge"

    def test_and_all_goes_with_the_one_that_stays(self, ada: Client, into: Any, other: Any) -> None:
        crowded(ada, into, other)
        merge(ada, into, other)
        assert ada.delete(path_of(into)).status == 204
        assert mentioning(into["id"]) == mentioning(other["id"]) == []

    def test_of_more_than_one_batch(
        self, ada: Client, into: Any, other: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(deletion, "BATCH", 5)
        for n in range(13):
            contact_point(ada, other, value=f"a{n:02}@example.com", is_primary=True)
        merge(ada, into, other)
        after = detail(ada, into)["contact_points"]
        assert len(after) == 13
        assert [part["value"] for part in after if part["is_primary"]] == ["a12@example.com"]

    def test_repeated_it_answers_the_same(self, ada: Client, into: Any, other: Any) -> None:
        crowded(ada, into, other)
        merged = merge(ada, into, other)
        before = items()
        assert merge(ada, into, other) == merged
        assert items() == before

    def test_with_an_idempotency_key(self, ada: Client, into: Any, other: Any) -> None:
        crowded(ada, into, other)
        path, body = f"{path_of(into)}/merge", {"from": other["id"]}
        first = ada.post(path, body, headers={"idempotency-key": "k"})
        again = ada.post(path, body, headers={"idempotency-key": "k"})
        assert (first.status, first.text) == (again.status, again.text)
        assert again.headers["Idempotent-Replayed"] == "true"

    def test_a_crash_at_any_step_is_mended_by_repeating(
        self, ada: Client, into: Any, other: Any
    ) -> None:
        identifier(ada, other, value="DE2", is_primary=True)
        address(ada, other, line1="2", is_primary=True)
        related(ada, other, into, "owns")
        busy(ada, into, other)
        states = []
        with after_each_commit(lambda: states.append(snapshot())):
            merge(ada, into, other)
        wanted = settled()
        assert len(states) > 6
        for number, state in enumerate(states):
            restore(state)
            merge(ada, into, other)
            assert settled() == wanted, f"after {number + 1} commits"

    def test_deals_activities_and_documents_move(self, ada: Client, into: Any, other: Any) -> None:
        busy(ada, into, other)
        merge(ada, into, other)
        related = f"related_to_type=entity&related_to_id={into['id']}"
        for path, count in (
            (f"/api/deals?entity_id={into['id']}", 2),
            (f"/api/deals?entity_id={other['id']}", 0),
            (f"/api/activities?{related}", 2),
            (f"/api/attachments?{related}", 3),
            (f"/api/documents?{related}", 3),
            ("/api/documents", 3),
        ):
            assert ada.get(path).json["count"] == count, path
        assert ada.delete(path_of(into)).problem == (409, "in_use")

    def test_of_three(self, ada: Client, into: Any, other: Any) -> None:
        third = entity(ada, "Third", legal_name="No gap any more")
        contact_point(ada, other)
        contact_point(ada, third)
        identifier(ada, third)
        merge(ada, into, other)
        merged = merge(ada, into, third)
        assert merged["legal_name"] == "Acme Limited"
        assert len(detail(ada, into)["contact_points"]) == 1
        assert merge(ada, into, other) == merge(ada, into, third) == merged

    def test_history_says_so(self, ada: Client, into: Any, other: Any) -> None:
        with recorded() as records:
            merge(ada, into, other)
        project(records)
        [row] = ada.get(f"{path_of(into)}/history").json["results"]
        assert (row["version"], row["action"], row["by"]) == (2, "merged", ada.user_id)
        assert row["changes"] == [{"field": "legal_name", "old": None, "new": "Acme Limited"}]

    def test_what_cannot_be_merged(self, ada: Client, eve: Client, into: Any, other: Any) -> None:
        path, foreign = f"{path_of(into)}/merge", entity(eve)["id"]
        for body, field in (
            ({"from": into["id"]}, "from"),
            ({"from": UNKNOWN}, "from"),
            ({"from": foreign}, "from"),
            ({"from": "x"}, "from"),
            ({}, "from"),
            ({"from": other["id"], "to": into["id"]}, "to"),
        ):
            reply = ada.post(path, body)
            assert reply.problem == (422, "validation_failed")
            assert reply.fields == [field]
        unknown = ada.post(f"{PATH}/{UNKNOWN}/merge", {"from": other["id"]})
        assert unknown.problem == (404, "not_found")

    def test_the_caller_must_be_allowed_to_change_both(
        self, ada: Client, ben: Client, into: Any, other: Any
    ) -> None:
        mine = entity(ben, "Mine")
        before = items()
        for stays, goes in ((mine, into), (into, mine), (into, other)):
            reply = ben.post(f"{path_of(stays)}/merge", {"from": goes["id"]})
            assert reply.problem == (403, "permission_denied")
        assert items() == before
        merge(ben, mine, other)

    def test_nothing_is_added_to_one_that_is_going(
        self, ada: Client, into: Any, other: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An addition between the last read and the end would be deleted."""
        commit = Transaction.commit
        refused: list[Any] = []

        def meanwhile(transaction: Transaction) -> None:
            if len(transaction) and not refused:
                commit(transaction)
                with monkeypatch.context() as inner:
                    inner.setattr(Transaction, "commit", commit)
                    late = {"channel": "email", "value": "late@example.com"}
                    refused.append(ada.post(f"{path_of(other)}/contact-points", late))
            else:
                commit(transaction)

        monkeypatch.setattr(Transaction, "commit", meanwhile)
        merge(ada, into, other)
        assert [(reply.status, reply.json["code"]) for reply in refused] == [(409, "conflict")]

    def test_another_request_moves_the_primary_meanwhile(
        self, ada: Client, into: Any, other: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        contact_point(ada, other, is_primary=True)
        get = Table.get
        merged: list[Any] = []

        def meanwhile(table: Table, key: Key) -> Item | None:
            found = get(table, key)
            if key.sk.startswith("#PRIMARY#") and into["id"] in key.pk and not merged:
                merged.append(None)
                merged.append(merge(ada, into, other))
            return found

        monkeypatch.setattr(Table, "get", meanwhile)
        assert merge(ada, into, other) == merged[1]
        [row] = detail(ada, into)["contact_points"]
        assert row["is_primary"]

    def test_what_changes_meanwhile_is_not_lost(
        self, ada: Client, into: Any, other: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Somebody writes to both while parts move."""
        third = crowded(ada, into, other)
        commit, calls = Transaction.commit, 0

        def meanwhile(transaction: Transaction) -> None:
            nonlocal calls
            calls += 1
            if calls == 4:
                with monkeypatch.context() as inner:
                    inner.setattr(Transaction, "commit", commit)
                    ada.patch(path_of(into), {"note": "Newer"})
                    ada.patch(path_of(other), {"legal_name": "Newer Ltd."})
                    contact_point(ada, other, value="late@example.com")
                    related(ada, third, other, "late")
            commit(transaction)

        monkeypatch.setattr(Transaction, "commit", meanwhile)
        merged = merge(ada, into, other)
        assert (merged["note"], merged["legal_name"]) == ("Newer", "Newer Ltd.")
        after = detail(ada, into)
        assert "late@example.com" in [part["value"] for part in after["contact_points"]]
        assert "late" in [row["relationship_type"] for row in after["relationships"]]
