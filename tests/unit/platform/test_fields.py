"""Field types that several resources share."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from crm.platform import fields

ID = "01a1ffdb-af27-7272-b146-7e048da82017"
OTHER = "01a1ffdb-b079-724c-bb6f-6f1c7df643b8"

ACCEPTED = [
    (fields.Name, " Brook ", "Brook"),
    (fields.Name, "x" * 255, "x" * 255),
    (fields.Name, "  " + "x" * 255 + "  ", "x" * 255),
    (fields.Name, "😀 ä", "😀 ä"),
    (fields.Text, " two\nlines ", "two\nlines"),
    (fields.Text, "", ""),
    (fields.Text, "x" * 10_000, "x" * 10_000),
    (fields.Id, ID, ID),
    (fields.UserId, "auth0|5f7c8ec7c33c6c004bbafe82", "auth0|5f7c8ec7c33c6c004bbafe82"),
    (fields.UserId, "x" * 128, "x" * 128),
    (fields.Ids, [ID, OTHER, ID], [ID, OTHER]),
    (fields.Ids, [], []),
    (fields.UserIds, ["b", "a", "b"], ["b", "a"]),
    (fields.EmailAddress, "Ada@EXAMPLE.com", "Ada@example.com"),
    (fields.EmailAddress, "ä@exämple.com", "ä@exämple.com"),
    (fields.Currency, "EUR", "EUR"),
    (fields.Currency, "JPY", "JPY"),
]

REFUSED = [
    (fields.Name, ""),
    (fields.Name, " \u2003 "),
    (fields.Name, "x" * 256),
    (fields.Name, "two\nlines"),
    (fields.Name, "nul\0"),
    (fields.Name, "tab\there"),
    (fields.Text, "x" * 10_001),
    (fields.Id, ID.upper()),
    (fields.Id, ""),
    (fields.Ids, [ID, "x"]),
    (fields.UserId, ""),
    (fields.UserId, "a#b"),
    (fields.UserId, "a b"),
    (fields.UserId, "a/b"),
    (fields.UserId, "ä"),
    (fields.UserId, "x\n"),
    (fields.UserId, "x" * 129),
    (fields.EmailAddress, "ada"),
    (fields.EmailAddress, "ada@"),
    (fields.EmailAddress, "@example.com"),
    (fields.EmailAddress, "Ada <ada@example.com>"),
    (fields.EmailAddress, "a@example.com,b@example.com"),
    (fields.EmailAddress, "x" * 250 + "@example.com"),
    (fields.Currency, "eur"),
    (fields.Currency, "EURO"),
    (fields.Currency, ""),
    (fields.Currency, "XQX"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), ACCEPTED)
def test_accepted(kind: Any, value: Any, expected: Any) -> None:
    assert TypeAdapter(kind).validate_python(value, strict=True) == expected


@pytest.mark.parametrize(("kind", "value"), REFUSED)
def test_refused(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value, strict=True)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21T08:30:00Z", datetime(2026, 11, 21, 8, 30, tzinfo=UTC)),
        ("2026-11-21t08:30:00z", datetime(2026, 11, 21, 8, 30, tzinfo=UTC)),
        ("2026-11-21 08:30:00Z", datetime(2026, 11, 21, 8, 30, tzinfo=UTC)),
        ("2026-11-21T08:30:00.5Z", datetime(2026, 11, 21, 8, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-11-21T08:30:00.123456789Z", datetime(2026, 11, 21, 8, 30, 0, 123_456, UTC)),
        ("2026-11-21T08:30:00+01:00", datetime(2026, 11, 21, 7, 30, tzinfo=UTC)),
        ("2026-01-01T00:00:00+14:00", datetime(2025, 12, 31, 10, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    assert TypeAdapter(fields.Moment).validate_python(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-21T08:30:00",
        "2026-11-21T08:30Z",
        "2026-11-21T08Z",
        "20261121",
        "2026-W47-6",
        "2026-02-29",
        "2026-13-01",
        "2026-11-21T25:00:00Z",
        "2026-11-21T08:60:00Z",
        "2026-11-21T08:30:00+24:00",
        "2026-11-21T08:30:00.1234567890Z",
        "2026-11-21Z",
        " 2026-11-21",
        "2026-11-21\n",
        "-2026-11-21",
        "0000-01-01",
        "٢٠٢٦-١١-٢١",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        1763714000,
        None,
    ],
)
def test_what_is_no_moment(text: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(fields.Moment).validate_python(text)


@given(st.text() | st.from_regex(fields._MOMENT, fullmatch=True))
def test_a_text_is_a_moment_in_utc_or_refused(text: str) -> None:
    try:
        moment: datetime = TypeAdapter(fields.Moment).validate_python(text)
    except ValidationError:
        return
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Sales", "SALES", True),
        ("Sales", "  sales ", True),
        ("Sales  East", "sales east", True),
        ("Straße", "STRASSE", True),
        ("ﬁn", "fin", True),
        ("Ödön", "O\u0308do\u0308n", True),
        ("Sales", "Sáles", False),
        ("Sales", "Sale s", False),
    ],
)
def test_names_that_are_the_same(one: str, other: str, same: bool) -> None:
    assert (fields.same_name(one) == fields.same_name(other)) is same
