"""The fields that rules can name, and the values that records have for them"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from crm.platform.dynamodb.record import Record
from crm.records.custom_fields.definitions import Definitions
from crm.records.custom_fields.schemas import Definition
from crm.related.activities.schemas import Activity
from crm.related.documents.schemas import Document
from crm.sales.cases.schemas import Case
from crm.sales.deals.schemas import Deal
from crm.sales.entities.schemas import Entity
from crm.sales.leads.schemas import Lead
from crm.workflows.rules import catalogue, values

MADE = "2026-11-02T10:00:00.000Z"
HEAD: dict[str, Any] = {
    "organization_id": "organization",
    "id": "01a1ffdb-0000-7000-8000-000000000000",
    "created_on": MADE,
    "created_by": "ada",
    "updated_on": MADE,
    "updated_by": "ada",
    "version": 3,
}
DEAL = Deal(
    **HEAD,
    name="Big one",
    amount="1250.50",
    currency="USD",
    entity_id="e",
    pipeline_id="p",
    stage_id="s",
    status="open",
    probability=25,
    weighted_amount="312.62",
    expected_close_date="2026-12-01",
    assigned_to="ben",
    shared_with=["t1", "t2"],
    stay_id="stay",
    stage_entered_on=MADE,
    custom_fields={
        "budget": {"number": "10.50"},
        "due": {"date": "2026-12-24"},
        "called": {"datetime": MADE},
        "vip": {"boolean": False},
        "size": {"choice": "large"},
        "colours": {"multi_choice": ["red", "blue"]},
        "site": {"url": "https://example.com"},
        "blank": {"text": "  "},
        "none": {"multi_choice": []},
    },
)


@pytest.mark.parametrize("kind", [Activity, Case, Deal, Document, Entity, Lead])
def test_every_field_that_answers_show_can_be_named(kind: type[Record]) -> None:
    shown = kind.model_fields.keys() - kind.private - {"custom_fields"}
    assert catalogue.own(kind.KIND).keys() == shown


def test_what_the_server_derives_cannot_be_set() -> None:
    fixed = {name for name, one in catalogue.own("deal").items() if one.form is None}
    assert fixed == {
        "id",
        "created_on",
        "created_by",
        "updated_on",
        "updated_by",
        "version",
        "pipeline_id",
        "status",
        "probability",
        "weighted_amount",
        "closed_on",
    }
    assert "converted" not in catalogue.own("lead")["status"].settable
    assert catalogue.own("lead")["status"].choices[2] == "converted"


def test_values_of_a_record() -> None:
    moment = datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert catalogue.values(DEAL) == {
        "id": HEAD["id"],
        "created_on": moment,
        "created_by": "ada",
        "updated_on": moment,
        "updated_by": "ada",
        "version": Decimal(3),
        "name": "Big one",
        "amount": Decimal("1250.50"),
        "currency": "USD",
        "entity_id": "e",
        "pipeline_id": "p",
        "stage_id": "s",
        "status": "open",
        "probability": Decimal(25),
        "weighted_amount": Decimal("312.62"),
        "expected_close_date": date(2026, 12, 1),
        "closed_on": None,
        "assigned_to": "ben",
        "shared_with": ("t1", "t2"),
        "custom_fields.budget": Decimal("10.50"),
        "custom_fields.due": date(2026, 12, 24),
        "custom_fields.called": moment,
        "custom_fields.vip": False,
        "custom_fields.size": "large",
        "custom_fields.colours": ("red", "blue"),
        "custom_fields.site": "https://example.com",
        "custom_fields.blank": None,
        "custom_fields.none": None,
    }


def test_a_stored_value_of_another_type_is_no_error() -> None:
    odd = DEAL.model_copy(update={"amount": "much", "expected_close_date": "2026"})
    assert catalogue.values(odd)["amount"] == "much"
    assert catalogue.values(odd)["expected_close_date"] == "2026"


DEFINED = Definitions(
    [
        Definition(field_name="budget", field_type="number"),
        Definition(field_name="size", field_type="choice", choices=["small"], is_required=True),
        Definition(field_name="colours", field_type="multi_choice", choices=["red"]),
    ]
)


def test_custom_fields_are_fields() -> None:
    fields = catalogue.fields("entity", DEFINED)
    assert fields["custom_fields.budget"] == catalogue.Field("number")
    assert fields["custom_fields.size"] == catalogue.Field(
        "choice", choices=("small",), required=True
    )
    assert fields["custom_fields.colours"] == catalogue.Field("choices", choices=("red",))
    assert fields.keys() - catalogue.own("entity").keys() == {
        "custom_fields.budget",
        "custom_fields.size",
        "custom_fields.colours",
    }


def test_reading_a_record_as_the_api_answers_it() -> None:
    known = catalogue.fields("document", [])
    sent = {
        "title": "Plan",
        "size": 12,
        "created_by": {"id": "ada", "first_name": "Ada"},
        "created_on": MADE,
        "document_file": "/api/documents/1/file",
        "shared_with": [],
    }
    found, wrong = catalogue.read(known, sent)
    assert wrong == {}
    assert {name: one for name, one in found.items() if one is not None} == {
        "title": "Plan",
        "size": Decimal(12),
        "created_by": "ada",
        "created_on": datetime(2026, 11, 2, 10, tzinfo=UTC),
    }
    known = catalogue.fields("deal", DEFINED)
    whole = {**DEAL.answer(), "custom_fields": {"budget": "10.50", "unknown": 1}}
    found, wrong = catalogue.read(known, whole)
    assert wrong == {}
    assert found["amount"] == Decimal("1250.50")
    assert found["custom_fields.budget"] == Decimal("10.50")
    assert "custom_fields.unknown" not in found


def test_reading_what_is_no_such_record() -> None:
    known = catalogue.fields("deal", DEFINED)
    sent = {
        "name": 1,
        "amount": "much",
        "expected_close_date": "soon",
        "shared_with": "t1",
        "created_by": {"name": "Ada"},
        "custom_fields": {"budget": True},
    }
    _, wrong = catalogue.read(known, sent)
    assert wrong == {
        "name": "must be a string",
        "amount": "must be a number, or a decimal string",
        "expected_close_date": ("must be a date, YYYY-MM-DD, or an RFC 3339 date-time with a zone"),
        "shared_with": "must be a list of strings",
        "custom_fields.budget": "must be a number, or a decimal string",
    }
    assert catalogue.read(known, {"custom_fields": None})[1] == {}
    for custom in ([], "", 1, [1]):
        assert catalogue.read(known, {"custom_fields": custom})[1] == {
            "custom_fields": "must be an object"
        }


NOW = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("0d", "2026-01-31T23:30:00.000Z"),
        ("+1h", "2026-02-01T00:30:00.000Z"),
        ("7d", "2026-02-07T23:30:00.000Z"),
        ("-3d", "2026-01-28T23:30:00.000Z"),
        ("+2w", "2026-02-14T23:30:00.000Z"),
        ("+1m", "2026-02-28T23:30:00.000Z"),
        ("-2m", "2025-11-30T23:30:00.000Z"),
        ("+25m", "2028-02-29T23:30:00.000Z"),
        ("-1y", "2025-01-31T23:30:00.000Z"),
        ("-999y", "1027-01-31T23:30:00.000Z"),
    ],
)
def test_times_from_now(text: str, moment: str) -> None:
    assert values.plain(values.relative(text, NOW)) == moment
    assert values.is_relative(text)


@pytest.mark.parametrize("text", ["", "7", "d", "+-1d", "1 d", "1.5d", "1000y", "7D", "1d2h", "١d"])
def test_what_is_no_time_from_now(text: str) -> None:
    assert not values.is_relative(text)
    with pytest.raises(ValueError, match=r"\+7d"):
        values.relative(text, NOW)


@pytest.mark.parametrize("text", ["-999y", "-9999m", "-99999d", "-9999w", "-999999h"])
def test_a_time_beyond_the_calendar(text: str) -> None:
    with pytest.raises(ValueError, match="calendar"):
        values.relative(text, datetime(10, 1, 1, tzinfo=UTC))


def test_an_activity_has_values_of_its_own_type_only() -> None:
    note = Activity(**HEAD, type="note", subject="Hello", assigned_to="ada")
    found = catalogue.values(note)
    assert found["type"] == "note"
    assert found["is_completed"] is False
    assert found["is_outbound"] is None
    assert found["to_addresses"] is None


def test_entities_have_no_amount() -> None:
    company = Entity(**HEAD, type="account", name="Acme", assigned_to="ada")
    assert catalogue.values(company).keys() == catalogue.own("entity").keys()
