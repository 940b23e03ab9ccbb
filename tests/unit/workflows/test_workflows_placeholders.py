"""Placeholders in the texts of actions"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from crm.workflows.rules import placeholders

VALUES: dict[str, Any] = {
    "name": "Acme",
    "amount": Decimal("1250.50"),
    "due": date(2026, 12, 1),
    "at": datetime(2026, 12, 1, 9, 30, tzinfo=UTC),
    "open": True,
    "closed": False,
    "teams": ("t1", "t2"),
    "nothing": None,
    "custom_fields.colour": "red",
    "sly": "{{record.name}} {{7*7}}",
    "lines": "one\r\ntwo\u0085",
}


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("", ""),
        ("Hello", "Hello"),
        ("{{record.name}}", "Acme"),
        ("Call {{ record.name }}, {{record.name}}!", "Call Acme, Acme!"),
        ("{{record.amount}}", "1250.50"),
        ("{{record.due}} {{record.at}}", "2026-12-01 2026-12-01T09:30:00.000Z"),
        ("{{record.open}} {{record.closed}}", "yes no"),
        ("{{record.teams}}", "t1, t2"),
        ("[{{record.nothing}}]", "[]"),
        ("[{{record.unknown}}]", "[]"),
        ("{{record.custom_fields.colour}}", "red"),
        ("{{record.sly}}", "{{record.name}} {{7*7}}"),
        ("{record.name} {{record.name} }} {{", "{record.name} {{record.name} }} {{"),
        ("{{{record.name}}}", "{Acme}"),
        ("100 % {0} %s $name", "100 % {0} %s $name"),
    ],
)
def test_rendering(text: str, rendered: str) -> None:
    assert placeholders.render(text, VALUES, 1000) == rendered


def test_one_line() -> None:
    assert placeholders.render("{{record.lines}}\t.", VALUES, 99, one_line=True) == "one  two  ."
    assert placeholders.render("{{record.lines}}", VALUES, 99) == "one\r\ntwo\u0085"


def test_what_comes_out_is_bounded() -> None:
    long = {"name": "x" * 50_000}
    assert placeholders.render("{{record.name}}", long, 255) == "x" * 255
    whole = placeholders.render("{{record.name}}" * 500, long, 10_000_000)
    assert len(whole) == 500 * placeholders.MAX_VALUE


@given(some.text(), some.integers(0, 50))
def test_any_text_can_be_rendered(text: str, limit: int) -> None:
    assert len(placeholders.render(text, VALUES, limit, one_line=True)) <= limit


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("Hello", []),
        ("{{record.name}} {{ record.custom_fields.colour }}", []),
        ("{{record.nme}}", ["record.nme"]),
        ("{{name}}", ["name"]),
        ("{{old.name}} {{record.name}}", ["old.name"]),
        ("{{}}", [""]),
        ("{{record.name.__class__}}", ["record.name.__class__"]),
        ("{{record.name|upper}}", ["record.name|upper"]),
    ],
)
def test_unknown_placeholders(text: str, unknown: list[str]) -> None:
    assert placeholders.unknown(text, VALUES) == unknown
    assert placeholders.has_any(text) is ("{{" in text)
