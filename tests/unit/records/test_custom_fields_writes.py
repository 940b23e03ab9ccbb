"""Items that the definition of a custom field writes besides itself."""

from collections.abc import Sequence
from typing import Any

import pytest

from crm.platform.dynamodb import quotas
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.table import RECORDS, Table
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import LimitExceededError
from crm.records.custom_fields.schemas import LAST_PLACE, CustomField

ORGANIZATION = "01a1ffdb-0000-7000-8000-000000000001"
COUNT = Key(f"ORG#{ORGANIZATION}#COUNT#CUSTOM_FIELD#entity", "count")


class Recorded(Transaction):
    """A transaction that only remembers what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.puts: dict[Key, Any] = {}
        self.deletes: list[Key] = []
        self.updates: list[tuple[Key, list[str], str, Any]] = []

    def put(self, key: Key, item: Any, *_: Any, **__: Any) -> None:
        self.puts[key] = item

    def delete(self, key: Key, *_: Any, **__: Any) -> None:
        self.deletes.append(key)

    def update(
        self,
        key: Key,
        actions: Sequence[Any],
        condition: Any = None,
        refusal: Any = None,
        table: Table = RECORDS,
    ) -> None:
        self.updates.append((key, [str(one) for one in actions], str(condition), refusal))

    @property
    def entries(self) -> dict[str, Any]:
        """Return the written index items by the list's name."""
        return {
            key.pk.partition("#CUSTOM_FIELD#")[2]: item
            for key, item in self.puts.items()
            if "#LIST#" in key.pk
        }


@pytest.fixture
def old() -> CustomField:
    return CustomField.create(
        ORGANIZATION,
        "ada",
        record_type="entity",
        field_name="size",
        field_label="Size",
        field_type="choice",
        choices=["S", "L"],
        display_order=3,
    )


def saved(new: CustomField, old: CustomField | None) -> Recorded:
    transaction = Recorded()
    transaction.save(new, old)
    return transaction


class TestEntries:
    """The entry of a record in a list is rewritten when what it says of the record changes."""

    def test_hold_what_values_are_checked_by(self, old: CustomField) -> None:
        entry = {
            "field_name": "size",
            "field_label": "Size",
            "field_type": "choice",
            "choices": ["S", "L"],
            "is_required": False,
            "default_value": None,
            "display_order": 3,
        }
        assert saved(old, None).entries == {"all": entry, "type#entity": entry}

    def test_stay_when_only_the_record_changes(self, old: CustomField) -> None:
        transaction = saved(old.changed("ada", help_text="How large"), old)
        assert (transaction.entries, transaction.deletes) == ({}, [])

    @pytest.mark.parametrize(
        "change",
        [
            {"choices": ["S"]},
            {"is_required": True},
            {"default_value": "S"},
            {"field_label": "How large"},
        ],
    )
    def test_follow_their_attributes(self, old: CustomField, change: dict[str, Any]) -> None:
        transaction = saved(old.changed("ada", **change), old)
        assert transaction.entries.keys() == {"all", "type#entity"}
        for entry in transaction.entries.values():
            assert entry.items() >= change.items()
        assert transaction.deletes == []

    def test_move(self, old: CustomField) -> None:
        transaction = saved(old.changed("ada", display_order=LAST_PLACE), old)
        assert transaction.entries.keys() == {"all", "type#entity"}
        assert [key.pk.rpartition("#")[2] for key in transaction.deletes] == ["entity"]
        assert transaction.deletes[0].sk == old.index_entries()["type#entity"]


class TestLimit:
    def test_is_a_condition_of_the_write(self) -> None:
        transaction = Recorded()
        quotas.consume(transaction, ORGANIZATION, "custom_field", "entity", 3)
        ((key, actions, condition, refusal),) = transaction.updates
        assert key == COUNT
        assert actions == ["count {'N': '1'}"]
        assert condition == "(attribute_not_exists (count) OR count < {'N': '3'})"
        assert isinstance(refusal(), LimitExceededError)

    def test_of_none_needs_no_write(self) -> None:
        with pytest.raises(LimitExceededError):
            quotas.consume(Recorded(), ORGANIZATION, "custom_field", "entity", 0)

    def test_counts_down(self) -> None:
        transaction = Recorded()
        quotas.release(transaction, ORGANIZATION, "custom_field", "entity")
        assert transaction.updates == [(COUNT, ["count {'N': '-1'}"], "None", None)]
