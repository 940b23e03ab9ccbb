"""Values of custom fields, type by type."""

from decimal import Decimal
from typing import Any

import pytest

from crm.records.custom_fields.values import (
    MAX_TEXT,
    MAX_URL,
    FieldType,
    Stored,
    is_blank,
    normal,
    plain,
)

CHOICES = ("red", "green", "Blue")

ACCEPTED: list[tuple[FieldType, Any, Any]] = [
    ("text", "", ""),
    ("text", " two\nlines ", " two\nlines "),
    ("text", "ü" * MAX_TEXT, "ü" * MAX_TEXT),
    ("number", 5, "5"),
    ("number", -5, "-5"),
    ("number", "5", "5"),
    ("number", "+5", "5"),
    ("number", "007", "7"),
    ("number", Decimal("1250.50"), "1250.50"),
    ("number", "1250.50", "1250.50"),
    (
        "number",
        "0.10000000000000000000000000000000000001",
        "0.10000000000000000000000000000000000001",
    ),
    ("number", "12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
    ("number", Decimal("1E+3"), "1000"),
    ("number", "1.5e-3", "0.0015"),
    ("number", "1e125", "1" + "0" * 125),
    ("number", 10**125, "1" + "0" * 125),
    ("number", "1e-130", "0." + "0" * 129 + "1"),
    ("number", 0, "0"),
    ("number", "-0.00", "0.00"),
    ("number", "0e5", "0"),
    ("date", "2026-12-31", "2026-12-31"),
    ("date", "2028-02-29", "2028-02-29"),
    ("date", "0001-01-01", "0001-01-01"),
    ("datetime", "2026-12-31T23:30:00Z", "2026-12-31T23:30:00.000Z"),
    ("datetime", "2026-12-31t23:30:00.5z", "2026-12-31T23:30:00.500Z"),
    ("datetime", "2026-12-31 23:30:00.120000-01:30", "2027-01-01T01:00:00.120Z"),
    ("datetime", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
    ("datetime", "2026-12-31T00:00:00-00:00", "2026-12-31T00:00:00.000Z"),
    ("boolean", True, True),
    ("boolean", False, False),
    ("choice", "red", "red"),
    ("multi_choice", [], []),
    ("multi_choice", ["green", "red"], ["green", "red"]),
    ("url", "https://example.com", "https://example.com"),
    ("url", "HTTP://Example.com:8080/Ä?q=1&q=2#end", "HTTP://Example.com:8080/Ä?q=1&q=2#end"),
    ("url", "http://[::1]/", "http://[::1]/"),
    ("email", "ada@example.com", "ada@example.com"),
    ("email", "Ada+crm@EXAMPLE.com", "Ada+crm@EXAMPLE.com"),
]

REFUSED: dict[FieldType, tuple[Any, ...]] = {
    "text": (5, True, [], {}, Decimal("1.5"), "x" * (MAX_TEXT + 1)),
    "number": (
        *(True, [], {}, "", "five", " 5", "5 ", "5\n", "1,5", "1.", ".5", "1e", "0x10", "1_000"),
        *("NaN", "Infinity", "-inf", Decimal("NaN"), Decimal("Infinity"), "٣", "--5"),
        *("1" * 39, "0." + "1" * 39, int("9" * 39), "1e126", "1e-131", "1e9999", "0" * 201),
        *(10**126, Decimal("1E+999999"), Decimal("1E-999999")),
    ),
    "date": (
        *(5, True, None, [], "", "2026-02-29", "2026-13-01", "0000-01-01", "20261231"),
        *("2026-12-31T00:00:00Z", "2026-12-31\n", "2026-W01-1", "٢٠٢٦-12-31", "26-12-31"),
    ),
    "datetime": (
        *(5, "2026-12-31", "2026-12-31T23:30:00", "2026-12-31T23:30Z", "2026-02-30T00:00:00Z"),
        *("2026-12-31T24:00:00Z", "2026-12-31T23:59:60Z", "2026-12-31T23:30:00+24:00"),
        *("2026-12-31T23:30:00.0001Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"),
        *("2026-12-31T23:30:00+0100", "2026-12-31T23:30:00.Z", "2026-12-31T23:30:00Z\n"),
    ),
    "boolean": (0, 1, "true", "", [], Decimal(1)),
    "choice": ("blue", "", "yellow", 5, ["red"], {}, True),
    "multi_choice": ("red", {}, ["yellow"], ["red", "red"], [5], [None], [["red"]], [{}]),
    "url": (
        *(5, "", "example.com", "//example.com", "ftp://example.com", "javascript:alert(1)"),
        *("http:example.com", "http:///example.com", "http://", "https://?x", "http://user@"),
        *(" https://example.com", "https://example.com ", "https://exa mple.com", "http://x\ty"),
        *("https://example.com\n", "https://example.com:99999", "http://a\\b.com", "http://["),
        "https://example.com/" + "x" * MAX_URL,
    ),
    "email": (
        *(5, "", "ada", "ada@", "@example.com", "ada@example", "Ada <ada@example.com>"),
        *(" ada@example.com", "ada@example.com\n", "a b@example.com", "ada@@example.com"),
        "x" * 300 + "@example.com",
    ),
}


@pytest.mark.parametrize(("field_type", "value", "stored"), ACCEPTED)
def test_accepted_values(field_type: FieldType, value: Any, stored: Any) -> None:
    kept = normal(field_type, value, CHOICES)
    assert kept == stored
    assert type(kept) is type(stored)
    assert normal(field_type, kept, CHOICES) == kept


@pytest.mark.parametrize(
    ("field_type", "value"),
    [(field_type, value) for field_type, values in REFUSED.items() for value in values],
)
def test_refused_values(field_type: FieldType, value: Any) -> None:
    with pytest.raises(ValueError, match=r"^must ") as refusal:
        normal(field_type, value, CHOICES)
    assert len(str(refusal.value)) < 100


def test_choices_of_a_field_without_any() -> None:
    assert normal("multi_choice", []) == []
    with pytest.raises(ValueError, match="one of the choices"):
        normal("choice", "red")


@pytest.mark.parametrize(
    ("value", "blank"),
    [
        (None, True),
        ("", True),
        (" \n", True),
        ([], True),
        ("x", False),
        (0, False),
        (False, False),
        (["red"], False),
    ],
)
def test_what_leaves_a_required_field_unanswered(value: Any, blank: bool) -> None:
    assert is_blank(value) is blank


def test_stored_values_without_their_types() -> None:
    stored: Stored = {"size": {"number": "5"}, "tags": {"multi_choice": ["red"]}}
    assert plain(stored) == {"size": "5", "tags": ["red"]}
