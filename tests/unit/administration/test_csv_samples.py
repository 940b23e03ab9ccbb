"""Public contact exports, read without a mapping: real headers, invented people."""

from pathlib import Path
from typing import Any

import pytest

from crm.administration.csv import reader
from crm.administration.csv.columns import Plan, plan
from crm.administration.csv.reader import Row
from crm.platform.validation import validate
from crm.sales.entities.normalization import of_channel
from crm.sales.entities.schemas import AddressWrite, ContactPointWrite, EntityWrite
from crm.sales.leads.schemas import LeadWrite

SAMPLES = Path(__file__).parents[2] / "samples"


def opened(name: str, record_type: str) -> tuple[Plan, list[Row]]:
    path = SAMPLES / f"{name}_contacts.csv"
    with path.open("rb") as stream:
        survey = reader.survey(stream)
    with path.open("rb") as stream:
        stream.seek(survey.offset)
        rows = list(reader.rows(stream, survey, survey.offset, survey.line))
    assert len(rows) == survey.rows == 6
    assert not any(row.error for row in rows)
    return plan(record_type, survey.header, {}, []), rows


def entities(name: str) -> list[dict[str, Any]]:
    found, rows = opened(name, "entity")
    return [found.fields(row.cells) for row in rows]


@pytest.mark.parametrize("name", ["google", "outlook", "hubspot"])
def test_the_api_takes_what_is_read(name: str) -> None:
    for body in entities(name):
        for point in body.pop("contact_points", []):
            assert of_channel(point["channel"], validate(ContactPointWrite, point).value)
        for address in body.pop("addresses", []):
            validate(AddressWrite, address)
        validate(EntityWrite, body)


NAMES = {
    "google": [
        "Amelia Rose Hartwell",
        "Jörg Müller",
        "Example Bakery",
        "愛 山田",
        "nobody@example.net",
        "Siobhán O'Brien",
    ],
    "outlook": [
        "Priya Raman",
        "Lukas Jan Novák",
        "Example Freight, Inc.",
        "Chloé Dubois",
        'Sam "Red" Alder',
        "Ida Lund",
    ],
    "hubspot": [
        "Nia Odhiambo",
        "Baraka Said",
        "Whitfield",
        "Zoë Åkesson",
        "Example Clinics",
        "alone@example.net",
    ],
}


@pytest.mark.parametrize("name", NAMES)
def test_everybody_has_a_name(name: str) -> None:
    assert [body["name"] for body in entities(name)] == NAMES[name]


NOTES = {
    "google": [
        "Met at the fair.\nLikes tea.\nOrganization Name: Hartwell & Sons, Ltd",
        "Nickname: Jogi",
        None,
        "Address (other): Kyoto",
        None,
        '"Call first", she says; =never before ten\nAddress 1 - Label: Grandma\'s',
    ],
    "outlook": [
        "Prefers email.\r\nSecond line.\nCompany: Example Textiles",
        None,
        "Address (office): Chicago, USA",
        None,
        None,
        None,
    ],
    "hubspot": [
        "Company Name: Afya Example",
        "Company Name: Safiri Example\nAddress (office): Dodoma, Tanzania",
        None,
        None,
        None,
        None,
    ],
}


@pytest.mark.parametrize("name", NOTES)
def test_what_has_no_field_is_in_the_note(name: str) -> None:
    assert [body.get("note") for body in entities(name)] == NOTES[name]


def test_a_whole_contact_of_google() -> None:
    first = entities("google")[0]
    points = {(one["channel"], one["value"], one["is_primary"]) for one in first["contact_points"]}
    assert points == {
        ("email", "amelia@example.com", True),
        ("email", "a.hartwell@example.org", False),
        ("email", "amelia.home@example.net", False),
        ("mobile", "+1 202-555-0134", True),
        ("mobile", "+1 202-555-0135", False),
        ("fax", "+1 202-555-0136", True),
        ("website", "https://www.example.com/hartwell", True),
    }
    assert first["addresses"] == [
        {
            "kind": "office",
            "line1": "12 Elm St",
            "line2": "Floor 3",
            "city": "Springfield",
            "region": "IL",
            "postal_code": "62701",
            "country": "US",
            "is_primary": True,
        }
    ]


def test_a_whole_contact_of_outlook() -> None:
    second = entities("outlook")[1]
    assert second == {
        "type": "contact",
        "name": "Lukas Jan Novák",
        "contact_points": [
            {"channel": "phone", "value": "+420 601 555 014", "is_primary": True},
            {"channel": "email", "value": "lukas@example.org", "is_primary": True},
            {
                "channel": "phone",
                "value": "+420 222 555 013",
                "label": "Home",
                "is_primary": False,
            },
            {"channel": "email", "value": "lukas.novak@example.net", "is_primary": False},
        ],
        "addresses": [
            {
                "kind": "home",
                "line1": "Dlouhá 7",
                "line2": "Building B",
                "city": "Praha",
                "postal_code": "110 00",
                "country": "CZ",
                "is_primary": True,
            }
        ],
    }


UNMATCHED = {
    "google": {"Birthday", "Labels", "Organization Title", "Name Prefix", "Photo"},
    "outlook": {"Title", "Job Title", "Categories", "E-mail Display Name", "Birthday"},
    "hubspot": {"Record ID", "Job Title", "Lifecycle Stage", "Lead Status", "Contact owner"},
}


@pytest.mark.parametrize("name", UNMATCHED)
def test_what_nothing_takes_is_told(name: str) -> None:
    found, _ = opened(name, "entity")
    assert UNMATCHED[name] <= set(found.unmatched)


def test_hubspot_contacts_as_leads() -> None:
    found, rows = opened("hubspot", "lead")
    bodies = [found.fields(row.cells) for row in rows]
    for body in bodies:
        validate(LeadWrite, body)
    assert bodies[0] == {
        "first_name": "Nia",
        "last_name": "Odhiambo",
        "organization_name": "Afya Example",
        "email": "nia@example.com",
        "phone": "+254 20 555 0100",
        "source": "Direct Traffic",
    }
    assert [body["last_name"] for body in bodies[4:]] == ["Example Clinics", "alone@example.net"]


def test_outlook_writes_windows_lines() -> None:
    content = (SAMPLES / "outlook_contacts.csv").read_bytes()
    assert content.startswith(b'\xef\xbb\xbf"Title","First Name"')
    assert content.count(b"\r\n") == content.count(b"\n") > 6
