"""The table of limits is true: numbers are the code's, and tests are there."""

import re
from importlib import import_module
from typing import Any

import pytest
from pydantic import BaseModel

from crm.administration.exports.schemas import ExportCreate
from crm.administration.imports.schemas import ImportCreate
from crm.platform import ids
from crm.platform.errors import ValidationFailedError
from crm.platform.validation import validate
from crm.related.documents.schemas import DocumentCreate
from crm.sales.cases.schemas import CaseWrite
from crm.sales.deals.schemas import DealWrite
from crm.sales.entities.schemas import EntityWrite
from crm.sales.leads.schemas import LeadWrite
from crm.sales.reports.schemas import ActivitySummaryQuery, ForecastQuery, VelocityQuery
from crm.tenancy.teams.schemas import TeamCreate
from tests.support.citations import ROOT, cited, missing

TEXT = (ROOT / "docs/limits.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and "`tests/" in line
]

FILE = {"name": "a.csv", "content_type": "text/csv", "size": 1}
ENTITY = ids.new_id()


def some(count: int) -> list[str]:
    return [ids.new_id() for _ in range(count)]


def people(count: int) -> list[str]:
    return [f"{n:08}-0000-4000-8000-000000000000" for n in range(count)]


AT_MOST: list[tuple[type[BaseModel], dict[str, Any], str, int, Any]] = [
    (TeamCreate, {"name": "Sales"}, "users", 1000, people),
    (EntityWrite, {"type": "contact", "name": "Ada"}, "shared_with", 20, some),
    (DealWrite, {"name": "Mill", "entity_id": ENTITY}, "shared_with", 20, some),
    (CaseWrite, {"name": "Leak"}, "shared_with", 20, some),
    (LeadWrite, {"last_name": "Ada"}, "shared_with", 15, some),
    (DocumentCreate, {"title": "Plan", "file": FILE}, "shared_with", 30, some),
    (
        ExportCreate,
        {"record_type": "deal", "format": "csv"},
        "filters",
        50,
        lambda count: dict.fromkeys(map(str, range(count)), "x"),
    ),
    (
        ImportCreate,
        {"record_type": "lead", "file": FILE},
        "mapping",
        500,
        lambda count: dict.fromkeys(map(str, range(count)), "email"),
    ),
    (
        ImportCreate,
        {"record_type": "lead", "file": FILE},
        "options.match_on",
        10,
        lambda count: ["email"] * count,
    ),
    (ForecastQuery, {}, "months", 36, str),
    (VelocityQuery, {"pipeline_id": ENTITY}, "days", 365, str),
    (ActivitySummaryQuery, {}, "days", 365, str),
]
"""Models, the rest of their bodies, a field, how many it takes, and what makes so many."""


def body(rest: dict[str, Any], field: str, value: Any) -> dict[str, Any]:
    outer, _, inner = field.partition(".")
    return {**rest, outer: {inner: value} if inner else value}


@pytest.mark.parametrize(
    ("model", "rest", "field", "most", "make"),
    AT_MOST,
    ids=[f"{model.__name__}.{field}" for model, _, field, _, _ in AT_MOST],
)
def test_one_more_is_refused(
    model: type[BaseModel], rest: dict[str, Any], field: str, most: int, make: Any
) -> None:
    validate(model, body(rest, field, make(most)))
    with pytest.raises(ValidationFailedError) as refusal:
        validate(model, body(rest, field, make(most + 1)))
    assert [error.field for error in refusal.value.errors] == [field]


def test_the_tests_are_there() -> None:
    assert len(cited(TEXT)) == len(ROWS) > 50
    assert missing(TEXT) == []


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_the_numbers_are_those_of_the_code(row: list[str]) -> None:
    _, limit, _, place, _ = row
    if not place:
        return
    module, _, name = place.strip("`").rpartition(".")
    number = re.match(r"[\d,]+", limit)
    assert number is not None
    assert int(number.group().replace(",", "")) == getattr(import_module(module), name)
