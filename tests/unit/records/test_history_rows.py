"""Changes in one version of a record."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from crm.records.history.service import row_of
from crm.sales.entities.schemas import Entity

ORGANIZATION = "01a1ffdb-0000-7000-8000-000000000001"


def entity(**fields: Any) -> Entity:
    whole = {"type": "account", "name": "Acme", "assigned_to": "olga", **fields}
    return Entity.create(ORGANIZATION, "carl", **whole)


def changes(old: Entity | None, new: Entity) -> dict[str, tuple[Any, Any]]:
    return {one.field: (one.old, one.new) for one in row_of(old, new).changes}


def test_the_first_version_says_everything_that_has_a_value() -> None:
    new = entity(custom_fields={"budget": {"number": "5"}})
    row = row_of(None, new)
    assert (row.version, row.action, row.by, row.at) == (1, "created", "carl", new.created_on)
    assert changes(None, new) == {
        "type": (None, "account"),
        "name": (None, "Acme"),
        "status": (None, "active"),
        "assigned_to": (None, "olga"),
        "shared_with": (None, []),
        "custom_fields.budget": (None, "5"),
    }


def test_a_later_version_says_what_changed_and_nothing_else() -> None:
    old = entity(note="Old")
    new = old.changed("olga", name="Acme 2", note=None, legal_name="Acme Inc.")
    row = row_of(old, new)
    assert (row.version, row.action, row.by, row.at) == (2, "updated", "olga", new.updated_on)
    assert changes(old, new) == {
        "name": ("Acme", "Acme 2"),
        "note": ("Old", None),
        "legal_name": (None, "Acme Inc."),
    }


def test_custom_fields_change_one_by_one() -> None:
    old = entity(custom_fields={"a": {"text": "1"}, "b": {"text": "2"}, "c": {"boolean": False}})
    new = old.changed(
        "olga", custom_fields={"a": {"text": "1"}, "b": {"text": "3"}, "d": {"multi_choice": []}}
    )
    assert changes(old, new) == {
        "custom_fields.b": ("2", "3"),
        "custom_fields.c": (False, None),
        "custom_fields.d": (None, []),
    }


def test_a_value_of_another_type_is_a_change() -> None:
    old = entity(custom_fields={"a": {"text": "1"}})
    new = old.changed("olga", custom_fields={"a": {"number": "2"}})
    assert changes(old, new) == {"custom_fields.a": ("1", "2")}


def test_a_merge_is_called_so() -> None:
    old = entity()
    new = old.changed("olga", merged_from=["x"])
    assert row_of(old, new).action == "merged"
    assert changes(old, new) == {}


def test_a_version_without_a_change_has_an_empty_row() -> None:
    old = entity()
    assert row_of(old, old.changed("olga")).changes == []


@given(st.dictionaries(st.sampled_from("abcdef"), st.text(max_size=3)), st.data())
def test_the_changes_lead_from_one_version_to_the_next(
    before: dict[str, str], data: st.DataObject
) -> None:
    after = data.draw(st.dictionaries(st.sampled_from("abcdef"), st.text(max_size=3)))

    def typed(plain: dict[str, str]) -> Any:
        return {name: {"text": value} for name, value in plain.items()}

    old = entity(custom_fields=typed(before))
    replayed: dict[str, Any] = dict(before)
    for field, (was, becomes) in changes(old, old.changed("x", custom_fields=typed(after))).items():
        name = field.removeprefix("custom_fields.")
        assert replayed.pop(name, None) == was
        if becomes is not None:
            replayed[name] = becomes
    assert replayed == after
