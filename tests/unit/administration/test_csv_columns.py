"""Fields of columns, and bodies of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import pytest

from crm.administration.csv import fields as known
from crm.administration.csv.columns import Plan, plan
from crm.administration.csv.countries import alpha2
from crm.platform.errors import ValidationFailedError
from crm.records.registry import OWNED_TYPES
from crm.sales.entities.schemas import (
    AddressKind,
    AddressWrite,
    Channel,
    IdentifierType,
)


@dataclass(frozen=True)
class Defined:
    """A definition with its label."""

    field_name: str
    field_type: str
    field_label: str = ""
    choices: list[str] = field(default_factory=list)


def read(
    record_type: str,
    header: Sequence[str],
    *cells: str,
    mapping: Mapping[str, str | None] | None = None,
    custom: Sequence[Defined] = (),
    current: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    return plan(record_type, header, mapping or {}, custom).fields(cells, current)


def errors_of(record_type: str, header: Sequence[str], *cells: str, **more: Any) -> dict[str, str]:
    with pytest.raises(ValidationFailedError) as caught:
        read(record_type, header, *cells, **more)
    return {one.field: one.message for one in caught.value.errors}


# ── Names ──


def test_the_parts_of_entities_are_those_of_the_api() -> None:
    assert get_args(Channel) == known.CHANNELS
    assert get_args(IdentifierType) == known.IDENTIFIER_TYPES
    assert get_args(AddressKind) == known.ADDRESS_KINDS
    assert {"kind", "is_primary", *known.ADDRESS_PIECES} == set(AddressWrite.model_fields)


@pytest.mark.parametrize("name", ["entity_id", "Entity ID", "ENTITY-ID", "entity.id", " Entity Id"])
def test_our_own_names_may_be_spelt_differently(name: str) -> None:
    assert read("deal", [name], "x") == {"entity_id": "x"}


def test_a_column_that_nothing_takes_is_told() -> None:
    found = plan("case", ["Name", "Mood", "created_on", "Status"], {"Status": None}, [])
    assert found.unmatched == ["Mood", "created_on"]
    assert found.fields(["Help", "bad", "2026", "new"]) == {"name": "Help"}


def test_a_field_is_filled_by_one_column() -> None:
    found = plan("case", ["name", "Name", "NAME"], {"NAME": "name"}, [])
    assert found.unmatched == ["name", "Name"]
    assert found.fields(["a", "b", "c"]) == {"name": "c"}


CUSTOM = [
    Defined("size", "number", "Company Size"),
    Defined("tags", "multi_choice", "Tags", ["Red", "green", "a; b"]),
    Defined("colour", "choice", "Colour", ["Red", "red", "Blue"]),
    Defined("name", "text", "Full title"),
    Defined("is_vip", "boolean", "VIP"),
    Defined("since", "date"),
    Defined("seen", "datetime"),
    Defined("a_b", "text"),
    Defined("a_b_", "text"),
]


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("custom_fields.size", "size"),
        ("Custom Fields.Size", "size"),
        ("custom fields size", "size"),
        ("size", "size"),
        ("SIZE", "size"),
        ("company size", "size"),
        ("full-title", "name"),
        ("custom_fields.name", "name"),
        ("custom_fields.a_b", "a_b"),
        ("custom_fields.a_b_", "a_b_"),
        ("A B", "a_b"),
    ],
)
def test_custom_fields_go_by_name_and_label(column: str, name: str) -> None:
    assert read("case", [column], "5", custom=CUSTOM) == {"custom_fields": {name: "5"}}


def test_a_standard_field_comes_before_a_custom_one_of_its_name() -> None:
    assert read("case", ["name"], "5", custom=CUSTOM) == {"name": "5"}


def test_a_custom_field_that_is_not_defined_is_told() -> None:
    assert plan("case", ["custom_fields.mood", "custom_fields"], {}, CUSTOM).unmatched == [
        "custom_fields.mood",
        "custom_fields",
    ]


def test_the_mapping_comes_first() -> None:
    header = ["Betreff", "Größe", "name", "Mail", "Firma"]
    mapping = {"Betreff": "name", "größe ": "Company Size", "Mail": "email", "name": ""}
    found = plan("lead", header, {**mapping, "Betreff": "Last Name"}, CUSTOM)
    assert found.unmatched == ["Firma"]
    assert found.fields(["Ann", "5", "x", "a@example.com", "y"]) == {
        "last_name": "Ann",
        "email": "a@example.com",
        "custom_fields": {"size": "5"},
    }


def test_a_mapping_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValidationFailedError) as caught:
        plan("case", ["a", "b", "c"], {"a": "mood", "x": "name", "b": "name", "c": "Name"}, [])
    assert {one.field: one.message for one in caught.value.errors} == {
        "mapping.a": '"mood" is not a field',
        "mapping.x": "is not a column of the file",
        "mapping.c": '"Name" is filled by another column',
    }


# ── Values ──

VALUES = [
    ("activity", "is_completed", "TRUE", True),
    ("activity", "is_completed", " x ", True),
    ("activity", "is_completed", "Yes", True),
    ("activity", "is_completed", "1", True),
    ("activity", "is_completed", "0", False),
    ("activity", "is_completed", "no", False),
    ("activity", "duration_seconds", " 60 ", 60),
    ("activity", "to_addresses", "a@x.org; b@x.org;", ["a@x.org", "b@x.org"]),
    ("activity", "to_addresses", "a@x.org ::: b@x.org", ["a@x.org", "b@x.org"]),
    ("activity", "due_date", " 2026-02-28", "2026-02-28"),
    ("activity", "start_time", "2026-01-31T09:00:00+01:00", "2026-01-31T08:00:00.000Z"),
    ("activity", "status", "In Progress", "in_progress"),
    ("deal", "amount", " 1250.50 ", "1250.50"),
    ("deal", "amount", "-5", "-5"),
    ("deal", "currency", "eur", "EUR"),
    ("deal", "name", "'=1+1", "=1+1"),
    ("deal", "name", "'tis", "'tis"),
]


@pytest.mark.parametrize(("record_type", "name", "cell", "value"), VALUES)
def test_a_cell_becomes_a_value(record_type: str, name: str, cell: str, value: Any) -> None:
    assert read(record_type, [name], cell) == {name: value}


CUSTOM_VALUES = [
    ("size", "-12.50", "-12.50"),
    ("tags", "red;GREEN", ["Red", "green"]),
    ("tags", "a; b", ["a; b"]),
    ("tags", "a; b ::: pink", ["a; b", "pink"]),
    ("colour", "blue", "Blue"),
    ("colour", "red", "red"),
    ("colour", "RED", "RED"),
    ("is_vip", "no", False),
    ("since", "2026-01-31", "2026-01-31"),
    ("seen", "2026-01-31T09:00:00Z", "2026-01-31T09:00:00.000Z"),
    ("a_b", "  two\nlines ", "  two\nlines "),
]


@pytest.mark.parametrize(("name", "cell", "value"), CUSTOM_VALUES)
def test_a_cell_becomes_the_value_of_a_custom_field(name: str, cell: str, value: Any) -> None:
    found = read("case", [f"custom_fields.{name}"], cell, custom=CUSTOM)
    assert found == {"custom_fields": {name: value}}


@pytest.mark.parametrize("number", ["1,250.50", "1 250", "1.250,50", "1'000", "$5", "5%", "five"])
def test_a_number_is_not_guessed(number: str) -> None:
    message = "must be a number such as 1250.50, with a point, and no comma"
    header = ["amount", "custom_fields.size"]
    assert errors_of("deal", header, number, number, custom=CUSTOM) == {
        "amount": message,
        "custom_fields.size": message,
    }


def test_all_cells_at_fault_are_told() -> None:
    header = ["subject", "due_date", "is_completed", "start_time", "duration_seconds"]
    header += ["custom_fields.since", "custom_fields.is_vip"]
    cells = ["x", "31.01.2026", "maybe", "2026-01-31", "1.5", "2026-02-30", "oui"]
    assert errors_of("activity", header, *cells, custom=CUSTOM) == {
        "due_date": "must be a date, YYYY-MM-DD",
        "is_completed": "must be true or false, yes or no, 1 or 0",
        "start_time": "must be an RFC 3339 date-time, such as 2026-01-31T09:00:00Z",
        "duration_seconds": "must be a whole number",
        "custom_fields.since": "must be a date, YYYY-MM-DD",
        "custom_fields.is_vip": "must be true or false, yes or no, 1 or 0",
    }


@pytest.mark.parametrize("record_type", OWNED_TYPES)
def test_empty_cells_say_nothing(record_type: str) -> None:
    header = ["id", *known.readings(record_type), "custom_fields.tags"]
    cells = [" "] * len(header)
    assert read(record_type, header, *cells, custom=CUSTOM, current={}) == {}


# ── Entities ──


def entity(header: Sequence[str], *cells: str, **more: Any) -> dict[str, Any]:
    return read("entity", header, *cells, **more)


def test_an_entity_is_a_contact_unless_it_says_otherwise() -> None:
    assert entity(["name"], "Ann") == {"type": "contact", "name": "Ann"}
    assert entity(["name", "type"], "Ann", "Account") == {"type": "account", "name": "Ann"}


def test_a_file_of_companies_makes_organizations() -> None:
    header = ["Record ID", "Company name", "Company Domain Name", "Country/Region"]
    found = plan("entity", header, {}, [])
    assert found.unmatched == ["Record ID"]
    assert found.fields(["1", "Example", "example.com", ""]) == {
        "type": "organization",
        "name": "Example",
        "contact_points": [{"channel": "website", "value": "example.com", "is_primary": True}],
    }


NAMES = [
    (["First Name", "Middle Name", "Last Name"], ["Ann", "B.", "Lee"], "Ann B. Lee", None),
    (["Given Name", "Family Name"], ["Ann", "Lee"], "Ann Lee", None),
    (["First Name", "Last Name"], ["", "Lee"], "Lee", None),
    (["Name", "Given Name", "Family Name"], ["Ann Lee", "Ann", "Lee"], "Ann Lee", None),
    (["Name", "Given Name", "Family Name"], ["", "Ann", "Lee"], "Ann Lee", None),
    (["Name", "Given Name"], ["Annie", "Zoe"], "Annie", "Given Name: Zoe"),
    (["First Name", "Company", "Nickname"], ["", "Acme", "Bob"], "Acme", "Nickname: Bob"),
    (["First Name", "Company", "Nickname"], ["", "", "Bob"], "Bob", None),
    (["First Name", "Company"], ["Ann", "Acme"], "Ann", "Company: Acme"),
    (["First Name", "Notes", "Company"], ["Ann", "Hi", "Acme"], "Ann", "Hi\nCompany: Acme"),
]


@pytest.mark.parametrize(("header", "cells", "name", "note"), NAMES)
def test_a_name_is_put_together_and_nothing_is_lost(
    header: list[str], cells: list[str], name: str, note: str | None
) -> None:
    found = entity(header, *cells)
    assert (found["name"], found.get("note")) == (name, note)


def test_an_entity_without_a_name_is_called_by_its_address() -> None:
    assert entity(["First Name", "Email"], "", "a@example.com")["name"] == "a@example.com"


def test_an_update_makes_nothing_up() -> None:
    header = ["First Name", "Company", "Nickname", "Email"]
    current = {"name": "Ann Lee", "note": "Old.\nCompany: Acme", "type": "organization"}
    found = entity(header, "", "Acme", "Bob", "a@example.com", current=current)
    assert found == {
        "note": "Old.\nCompany: Acme\nNickname: Bob",
        "contact_points": [{"channel": "email", "value": "a@example.com", "is_primary": True}],
    }
    current = {**current, "note": found["note"]}
    assert "note" not in entity(header, "", "Acme", "Bob", "", current=current)


def test_a_custom_field_takes_what_has_no_place_of_its_own() -> None:
    header = ["First Name", "Company", "Job Title", "Birthday"]
    custom = [Defined("employer", "text", "Company"), Defined("job_title", "text")]
    found = plan("entity", header, {}, custom)
    assert found.unmatched == ["Birthday"]
    kept = {"employer": "Acme", "job_title": "CEO"}
    ann = {"type": "contact", "name": "Ann", "custom_fields": kept}
    assert found.fields(["Ann", "Acme", "CEO", ""]) == ann
    assert found.fields(["", "Acme", "CEO", ""]) == {**ann, "name": "Acme"}


def points(header: Sequence[str], *cells: str, **more: Any) -> list[tuple[Any, ...]]:
    found = entity(["name", *header], "Ann", *cells, **more)
    return [
        (one["channel"], one["value"], one.get("label"), one["is_primary"])
        for one in found.get("contact_points", [])
    ]


def test_contact_points_have_several_columns_and_values() -> None:
    header = ["email", "Email 2", "email 2 label", "phone", "website", "Work"]
    cells = ["a@x.org; b@x.org", "c@x.org", "Home", "+491 ::: +492", "x.org/a;b", "A@X.org"]
    assert points(header, *cells, mapping={"Work": "email"}) == [
        ("email", "a@x.org", None, True),
        ("phone", "+491", None, True),
        ("website", "x.org/a;b", None, True),
        ("email", "b@x.org", None, False),
        ("email", "c@x.org", "Home", False),
        ("phone", "+492", None, False),
    ]


LABELS = [
    ("", "phone", None),
    ("* Work", "phone", "Work"),
    ("*", "phone", None),
    ("Mobile", "mobile", None),
    ("Work Cell", "mobile", "Work Cell"),
    ("Home Fax", "fax", "Home Fax"),
    ("Grandma's", "phone", "Grandma's"),
]


@pytest.mark.parametrize(("label", "channel", "shown"), LABELS)
def test_googles_labels_say_the_channel(label: str, channel: str, shown: str | None) -> None:
    header = ["Phone 1 - Label", "Phone 1 - Value"]
    assert points(header, label, "+491") == [(channel, "+491", shown, True)]


def test_the_starred_one_is_primary() -> None:
    header = ["E-mail 1 - Type", "E-mail 1 - Value", "E-mail 2 - Type", "E-mail 2 - Value"]
    assert points(header, "Home", "a@x.org", "* Work", "b@x.org") == [
        ("email", "b@x.org", "Work", True),
        ("email", "a@x.org", "Home", False),
    ]


def test_a_label_of_nothing_is_told() -> None:
    assert plan("entity", ["Phone 1 - Label", "E-mail 2 Type"], {}, []).unmatched == [
        "Phone 1 - Label",
        "E-mail 2 Type",
    ]


def test_identifiers_may_begin_with_their_country() -> None:
    header = ["name", "VAT", "tax id", "other_identifier"]
    found = entity(header, "Ann", "DE:123 ::: FR: 9", "12;3", ":AB:1")
    assert found["identifiers"] == [
        {"type": "vat", "value": "123", "country": "DE", "is_primary": True},
        {"type": "vat", "value": "9", "country": "FR", "is_primary": False},
        {"type": "tax_id", "value": "12;3", "is_primary": True},
        {"type": "other", "value": "AB:1", "is_primary": True},
    ]


PLACES: list[tuple[dict[str, str], list[dict[str, Any]], str | None]] = [
    (
        {"home_line1": "1 St", "home_city": "X", "home_country": "de", "Home State": "B"},
        [{"kind": "home", "line1": "1 St", "city": "X", "region": "B", "country": "DE"}],
        None,
    ),
    (
        {
            "Business Street": "1 St\r\nFloor 2",
            "Business Street 2": "Room 3",
            "Business City": "X",
            "Business Country": "Germany",
            "Business Address PO Box": "7",
        },
        [
            {
                "kind": "office",
                "line1": "1 St",
                "line2": "Floor 2, Room 3, PO Box 7",
                "city": "X",
                "country": "DE",
            }
        ],
        None,
    ),
    (
        {"Street Address": "1 St", "City": "X", "Country/Region": "USA", "Zip": "123"},
        [
            {
                "kind": "office",
                "line1": "1 St",
                "city": "X",
                "postal_code": "123",
                "country": "US",
            }
        ],
        None,
    ),
    ({"City": "X", "Country/Region": "Atlantis"}, [], "Address (office): X, Atlantis"),
    ({"home_line1": "1 St", "home_city": "X"}, [], "Address (home): 1 St, X"),
    (
        {"Address 1 - Label": "Work", "Address 1 - Formatted": "1 St\nX"},
        [],
        "Address (office): 1 St, X",
    ),
    (
        {"Address 1 - Formatted": "1 St\nX", "Address 1 - City": "X", "Address 1 - Region": "Y"},
        [],
        "Address (other): 1 St, X, Y",
    ),
    (
        {
            "Address 1 - Label": "Grandma's",
            "Address 1 - Street": "1 St ::: 2 St",
            "Address 1 - City": "X ::: Y",
            "Address 1 - Country": "US",
        },
        [{"kind": "other", "line1": "1 St", "city": "X", "country": "US"}],
        "Address 1 - Label: Grandma's\nAddress (other): 2 St, Y",
    ),
]


@pytest.mark.parametrize(("row", "places", "note"), PLACES)
def test_addresses_and_what_is_none(
    row: dict[str, str], places: list[dict[str, Any]], note: str | None
) -> None:
    found = entity(["name", *row], "Ann", *row.values())
    expected = [{**one, "is_primary": True} for one in places]
    assert (found.get("addresses", []), found.get("note")) == (expected, note)


def test_a_country_that_nobody_knows_is_an_error() -> None:
    header = ["name", "Home Street", "Home City", "Home Country/Region"]
    assert errors_of("entity", header, "Ann", "1 St", "X", "Atlantis") == {
        "home.country": "must be a country, by its English name or its ISO 3166-1 code; "
        'it stands in the column "Home Country/Region"'
    }


COUNTRIES = {
    "de": "DE",
    "DEU": "DE",
    "Germany": "DE",
    "Deutschland": "DE",
    "ÖSTERREICH": "AT",
    "USA": "US",
    "U.S.A.": "US",
    "United States": "US",
    "United States of America": "US",
    "UK": "GB",
    "England": "GB",
    "Côte d'Ivoire": "CI",
    "cote d'ivoire": "CI",
    "Bolivia": "BO",
    "Plurinational State of Bolivia": "BO",
    "South Korea": "KR",
    "Taiwan": "TW",
    " Viet  Nam ": "VN",
}


@pytest.mark.parametrize("name", COUNTRIES)
def test_countries_have_many_names(name: str) -> None:
    assert alpha2(name) == COUNTRIES[name]


@pytest.mark.parametrize("name", ["", "Atlantis", "XX", "Georgia, USA"])
def test_not_everything_is_a_country(name: str) -> None:
    with pytest.raises(ValueError, match="must be a country"):
        alpha2(name)


# ── Leads ──

LEADS: list[tuple[dict[str, str], dict[str, str]]] = [
    ({"First Name": "Ann", "Last Name": "Lee"}, {"first_name": "Ann", "last_name": "Lee"}),
    (
        {"First Name": "Ann", "Middle Name": "B", "Last Name": "Lee"},
        {"first_name": "Ann B", "last_name": "Lee"},
    ),
    ({"Name": "Ann Lee"}, {"last_name": "Ann Lee"}),
    ({"First Name": "Ann", "Last Name": ""}, {"last_name": "Ann"}),
    ({"Company": "Acme"}, {"organization_name": "Acme", "last_name": "Acme"}),
    ({"Email": "a@x.org"}, {"email": "a@x.org", "last_name": "a@x.org"}),
    (
        {"Mobile Phone": "+491", "Phone Number": "+492", "Last Name": "Lee"},
        {"phone": "+492", "last_name": "Lee"},
    ),
]


@pytest.mark.parametrize(("row", "body"), LEADS)
def test_leads_of_contact_exports(row: dict[str, str], body: dict[str, str]) -> None:
    assert read("lead", list(row), *row.values()) == body


def test_what_a_lead_has_no_place_for_is_told() -> None:
    found = plan("lead", ["Last Name", "Phone Number", "Mobile Phone", "Notes"], {}, [])
    assert found.unmatched == ["Mobile Phone", "Notes"]
    header = ["Last Name", "E-mail 1 - Value"]
    assert errors_of("lead", header, "Lee", "a@x.org ::: b@x.org") == {
        "email": "holds several values, and a lead has one"
    }


def test_an_updated_lead_is_not_renamed() -> None:
    found = read("lead", ["First Name", "Email"], "Ann", "a@x.org", current={"last_name": "Lee"})
    assert found == {"first_name": "Ann", "email": "a@x.org"}


def test_a_plan_tells_what_each_column_fills() -> None:
    found: Plan = plan("case", ["Name", "Mood"], {}, [])
    assert [(one.name, [target.field for target in one.targets]) for one in found.columns] == [
        ("Name", ["name"]),
        ("Mood", []),
    ]
