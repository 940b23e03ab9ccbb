"""Records as cells, and back through a file."""

import io
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from crm.administration.csv import reader
from crm.administration.csv.columns import plan
from crm.administration.csv.values import joined, listed, pieces
from crm.administration.csv.writer import cells, escape_formula, header, line, unescape_formula
from crm.platform.validation import validate
from crm.records.custom_fields.schemas import Definition
from crm.related.activities.schemas import ActivityWrite
from crm.sales.cases.schemas import CaseWrite
from crm.sales.deals.schemas import DealWrite
from crm.sales.entities.schemas import AddressWrite, ContactPointWrite, EntityWrite, IdentifierWrite
from crm.sales.leads.schemas import LeadWrite

ACTIVE = "=+-@\t\r\n\0＝＋－＠"

TEXTS = st.text(st.sampled_from(ACTIVE + "'1.,;: a"), max_size=6) | st.text(max_size=6)


@given(TEXTS)
def test_armed_is_the_inverse_of_disarmed(text: str) -> None:
    assert unescape_formula(escape_formula(text)) == text


@given(TEXTS)
def test_nothing_that_is_disarmed_runs(text: str) -> None:
    cell = escape_formula(text)
    number = cell[:1] in ("+", "-") and cell[1:].replace(".", "", 1).isdecimal()
    assert not cell or cell[0] not in ACTIVE or number


DISARMED = [
    ("=1+1", "'=1+1"),
    ("+49 30 1", "'+49 30 1"),
    ("-2+3", "'-2+3"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t=1"),
    ("＝1", "'＝1"),
    ("'=1", "''=1"),
    ("''=1", "'''=1"),
    ("-", "'-"),
    ("-1.", "'-1."),
    ("+1\n", "'+1\n"),
    ("-12.5", "-12.5"),
    ("+491234", "+491234"),
    ("'+491234", "''+491234"),
    ("O'Neil", "O'Neil"),
    ("'tis", "'tis"),
    ("''", "''"),
    ("", ""),
    ("1-2", "1-2"),
    (" =1", " =1"),
]


@pytest.mark.parametrize(("text", "cell"), DISARMED)
def test_disarmed(text: str, cell: str) -> None:
    assert escape_formula(text) == cell
    assert unescape_formula(cell) == text


@pytest.mark.parametrize("cell", ["'tis", "''", "O'Neil", "=1+1", "+49 30", "-5", "'", "'a=b"])
def test_cells_from_elsewhere_stay_as_they_are(cell: str) -> None:
    assert unescape_formula(cell) == cell


def test_a_spreadsheets_own_mark_of_a_text_is_taken_away() -> None:
    assert unescape_formula("'+49301234") == "+49301234"


@given(st.lists(st.text("ab;: ", min_size=1).filter(lambda one: one == one.strip()), max_size=3))
def test_lists_come_back(values: list[str]) -> None:
    if not any(len(pieces(value)) > 1 or ":::" in value.split() for value in values):
        assert listed(joined(values)) == values


def test_each_cell_of_a_line_is_quoted() -> None:
    assert line(["a;=b", 'say "x"', "", "1\n2"]) == '"a;=b","say ""x""","","1\n2"\r\n'


ID = "0190f6a0-0000-7000-8000-000000000001"
OTHER_ID = "0190f6a0-0000-7000-8000-000000000002"

DEFINITIONS = [
    Definition(field_name="size", field_type="number"),
    Definition(field_name="since", field_type="date"),
    Definition(field_name="seen", field_type="datetime"),
    Definition(field_name="is_vip", field_type="boolean"),
    Definition(field_name="colour", field_type="choice", choices=["red", "Red", "light; blue"]),
    Definition(field_name="tags", field_type="multi_choice", choices=["a", "b; c", "d"]),
    Definition(field_name="name", field_type="text"),
    Definition(field_name="page", field_type="url"),
    Definition(field_name="e_mail", field_type="email"),
    Definition(field_name="e_mail_", field_type="text"),
]

MARKED = st.sampled_from(["", "=", "-", "'", "'=", "+1", "@", ";", '"', ",", ":", "DE:", ":", "; "])
PLAIN = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=6)


@st.composite
def names(draw: st.DrawFn) -> str:
    """Values of one line, trimmed, with what could be misread in them."""
    text = draw(MARKED) + draw(PLAIN) + draw(st.sampled_from(["", " b", ";c", "::: d", "'", ","]))
    return text.strip()


@st.composite
def texts(draw: st.DrawFn) -> str:
    lines = draw(st.lists(names(), min_size=1, max_size=3))
    return draw(st.sampled_from(["\n", "\r\n", "\r", " ::: "])).join(lines)


IDS = st.sampled_from([ID, OTHER_ID])
PHONES = st.sampled_from(["+493012345", "+12025550134", "+442079460018"])
EMAILS = st.sampled_from(["a@example.com", "=b@example.com", "+c@example.com", "'d@example.com"])
NUMBERS = st.sampled_from(["0", "-12.5", "1250.50", "100000000000000000000"])
DAYS = st.dates().map(lambda day: day.isoformat())
MOMENTS = st.sampled_from(["2026-01-31T09:00:00.000Z", "2026-01-31T09:00:00.125Z"])
URLS = st.sampled_from(["https://example.com/", "https://example.com/a;b=c", "http://example.com/"])

CUSTOM = st.fixed_dictionaries(
    {},
    optional={
        "size": NUMBERS,
        "since": DAYS,
        "seen": MOMENTS,
        "is_vip": st.booleans(),
        "colour": st.sampled_from(["red", "Red", "light; blue", "withdrawn"]),
        "tags": st.lists(st.sampled_from(["a", "b; c", "d"]), min_size=1, unique=True),
        "name": texts() | names().map(lambda text: f"  {text} \n"),
        "page": URLS,
        "e_mail": EMAILS,
        "e_mail_": names(),
    },
)


def record(
    required: Mapping[str, st.SearchStrategy[Any]], optional: Mapping[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        dict(required),
        optional={"assigned_to": st.sampled_from(["user", "@u", "-u"]), "custom_fields": CUSTOM}
        | dict(optional),
    )


SHARED = {"shared_with": st.lists(IDS, min_size=1, unique=True)}
ABOUT = {"description": texts(), "due_date": DAYS, "is_completed": st.booleans()}

WRITTEN: Mapping[str, tuple[type[BaseModel], st.SearchStrategy[dict[str, Any]]]] = {
    "entity": (
        EntityWrite,
        record(
            {"type": st.sampled_from(["contact", "organization", "account"]), "name": names()},
            SHARED
            | {
                "legal_name": names(),
                "note": texts(),
                "status": st.sampled_from(["active", "inactive"]),
            },
        ),
    ),
    "deal": (
        DealWrite,
        record(
            {"name": names(), "entity_id": IDS},
            SHARED
            | {
                "amount": st.sampled_from(["0.00", "1250.50"]),
                "currency": st.sampled_from(["EUR", "JPY"]),
                "stage_id": IDS,
                "expected_close_date": DAYS,
            },
        ),
    ),
    "lead": (
        LeadWrite,
        record(
            {"last_name": names()},
            SHARED
            | {
                "first_name": names(),
                "organization_name": names(),
                "email": st.just("a@example.com"),
                "phone": PHONES,
                "source": names(),
                "status": st.sampled_from(["assigned", "in_process"]),
                "amount": st.just("5.00"),
            },
        ),
    ),
    "case": (
        CaseWrite,
        record(
            {"name": names()},
            SHARED
            | {
                "status": st.sampled_from(["new", "closed"]),
                "priority": st.sampled_from(["low", "urgent"]),
                "case_type": st.sampled_from(["question", "problem"]),
                "entity_id": IDS,
                "description": texts(),
            },
        ),
    ),
    "activity": (
        ActivityWrite,
        st.one_of(
            record(
                {"type": st.just("task"), "subject": names()},
                ABOUT
                | {
                    "priority": st.sampled_from(["low", "high"]),
                    "status": st.sampled_from(["not_started", "in_progress"]),
                },
            ),
            record(
                {
                    "type": st.just("event"),
                    "subject": names(),
                    "start_time": st.just("2026-01-31T09:00:00.000Z"),
                    "end_time": MOMENTS,
                },
                ABOUT | {"location": names()},
            ),
            record(
                {
                    "type": st.just("email"),
                    "subject": names(),
                    "from_address": EMAILS,
                    "to_addresses": st.lists(EMAILS, min_size=1, max_size=3),
                    "body": texts(),
                },
                ABOUT
                | {
                    "cc_addresses": st.lists(EMAILS, min_size=1, max_size=2),
                    "is_outbound": st.booleans(),
                },
            ),
            record(
                {"type": st.just("note"), "subject": names()},
                ABOUT,
            ),
            record(
                {
                    "type": st.just("call"),
                    "subject": names(),
                    "phone_number": names(),
                    "related_to_type": st.sampled_from(["entity", "lead"]),
                    "related_to_id": IDS,
                },
                ABOUT | {"duration_seconds": st.integers(0, 10**9), "call_outcome": names()},
            ),
        ),
    ),
}


def through_a_file(record_type: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    rows = [header(record_type, DEFINITIONS), cells(record_type, answer, DEFINITIONS)]
    content = "".join(map(line, rows)).encode()
    survey = reader.survey(io.BytesIO(content))
    stream = io.BytesIO(content[survey.offset :])
    [row] = reader.rows(stream, survey, survey.offset, survey.line)
    assert not row.error
    return plan(record_type, survey.header, {}, DEFINITIONS).fields(row.cells)


def answered(record_type: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """A record as the API answers it: with null for what it does not have."""
    empty = dict.fromkeys(header(record_type, []))
    return {**empty, "created_on": "2026-01-01T00:00:00.000Z", "id": ID, **body}


@pytest.mark.parametrize("record_type", WRITTEN)
@given(data=st.data())
def test_a_record_comes_back(record_type: str, data: st.DataObject) -> None:
    model, bodies = WRITTEN[record_type]
    body = {name: value for name, value in data.draw(bodies).items() if value != {}}
    found = through_a_file(record_type, answered(record_type, body))
    assert found.pop("id") == ID
    assert validate(model, found) == validate(model, body)


FREE = names().filter(lambda text: any(letter.isalnum() for letter in text))


@st.composite
def parts(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Parts of an entity, as its detail embeds them: in any order, one of each group primary."""
    channels = {"email": EMAILS, "phone": PHONES, "fax": PHONES, "website": URLS}
    points = [
        {"channel": channel, "value": value}
        for channel, values in channels.items()
        for value in draw(st.lists(values, max_size=2, unique_by=str.casefold))
    ]
    numbers = draw(
        st.lists(
            st.fixed_dictionaries(
                {"type": st.sampled_from(["vat", "tax_id", "other"]), "value": FREE},
                optional={"country": st.sampled_from(["DE", "US"])},
            ),
            max_size=4,
        )
    )
    places = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "kind": st.sampled_from(["home", "other"]),
                    "line1": names(),
                    "city": names(),
                    "country": st.sampled_from(["DE", "US", "GB"]),
                },
                optional={"line2": names(), "region": names(), "postal_code": names()},
            ),
            max_size=4,
        )
    )
    whole = {}
    for field, group, some in (
        ("contact_points", "channel", points),
        ("identifiers", "type", numbers),
        ("addresses", "kind", places),
    ):
        shuffled = draw(st.permutations(some))
        primary = {one[group]: place for place, one in enumerate(shuffled)}
        whole[field] = [
            {**one, "is_primary": primary[one[group]] == place}
            for place, one in enumerate(shuffled)
        ]
    return whole


def as_set(model: type[BaseModel], some: list[dict[str, Any]]) -> list[str]:
    return sorted(validate(model, one).model_dump_json() for one in some)


@given(parts())
def test_the_parts_of_an_entity_come_back(whole: dict[str, list[dict[str, Any]]]) -> None:
    answer = answered("entity", {"type": "contact", "name": "Ann", **whole})
    found = through_a_file("entity", answer)
    for field, model in (
        ("contact_points", ContactPointWrite),
        ("identifiers", IdentifierWrite),
        ("addresses", AddressWrite),
    ):
        assert as_set(model, found.get(field, [])) == as_set(model, whole[field])


def test_the_columns_are_those_of_the_body_custom_fields_and_what_is_answered() -> None:
    assert header("case", DEFINITIONS[:2]) == [
        "id",
        "name",
        "status",
        "priority",
        "case_type",
        "entity_id",
        "description",
        "assigned_to",
        "shared_with",
        "custom_fields.size",
        "custom_fields.since",
        "closed_on",
        "version",
        "created_on",
        "created_by",
        "updated_on",
        "updated_by",
    ]


def test_parts_stand_side_by_side_the_primary_one_first() -> None:
    answer = {
        "name": "Ann",
        "contact_points": [
            {"channel": "email", "value": "b@example.com", "is_primary": False},
            {"channel": "email", "value": "a@example.com", "is_primary": True},
            {"channel": "phone", "value": "+493012345", "is_primary": False},
        ],
        "identifiers": [
            {"type": "vat", "value": "123", "country": "DE"},
            {"type": "other", "value": "AB:1", "country": None},
        ],
        "addresses": [
            {"kind": "home", "line1": "1 St", "line2": None, "city": "X", "country": "DE"},
            {"kind": "home", "line1": "2 St", "line2": "b", "city": "Y", "country": "FR"},
        ],
    }
    row = dict(zip(header("entity", []), cells("entity", answer, []), strict=True))
    assert {name: cell for name, cell in row.items() if cell} == {
        "name": "Ann",
        "email": "a@example.com ::: b@example.com",
        "phone": "+493012345",
        "vat": "DE:123",
        "other_identifier": ":AB:1",
        "home_line1": "1 St ::: 2 St",
        "home_line2": " ::: b",
        "home_city": "X ::: Y",
        "home_country": "DE ::: FR",
    }
