"""Imports of exported tables, and of an organization with its files, over HTTP."""

import csv
import io
import json

import pytest

from local.process import StackProcess
from tests.support.integration.client import Brook, File, made, refused
from tests.support.integration.exports import Whole, exported, pieces
from tests.support.integration.imports import begin, counts, ended, let_catch_up, table

ROWS = 140
"""Ten and fifty thousand pass as well; they take their time."""

OWN = {"id", "version", "created_on", "created_by", "updated_on", "updated_by", "assigned_to"}
"""Fields that differ in a copy."""


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def comparable(content: bytes) -> list[tuple[tuple[str, str], ...]]:
    """The rows of a table, in an order of their own, without what a copy has of its own."""
    return sorted(
        tuple((name, cell) for name, cell in row.items() if name not in OWN)
        for row in rows(content)
    )


def test_a_table_comes_in_as_it_went_out(stack: StackProcess) -> None:
    """Also what spreadsheets would run as formulas, and what they would take for numbers."""
    names = ("=1+1", "'=quoted", "+49 30", "@home", "Größe ☂", 'a "quoted", name')
    people = [
        (
            f"{names[n % len(names)]} {n}",
            f"p{n}@example.com ::: q{n}@example.com",
            f"+4930{100000 + n}",
            "1 St" if n % 3 else "",
            "Kiel" if n % 3 else "",
            "DE" if n % 3 else "",
            f"DE:{n:09d}",
            str(n) if n % 2 else "",
            "-two\nlines" if n % 2 else "",
        )
        for n in range(ROWS)
    ]
    header = (
        "name",
        "email",
        "phone",
        "home_line1",
        "home_city",
        "home_country",
        "tax_id",
        "rank",
        "note",
    )
    with Brook(stack) as brook:
        ada, eve = brook.found().founder, brook.found().founder
        field = {"record_type": "entity", "field_name": "rank", "field_label": "Rank"}
        for who in (ada, eve):
            made(who.post("/api/custom-fields", {**field, "field_type": "number"}))
        job = ended(ada, begin(ada, table([header, *people])))
        assert counts(job) == ("succeeded", ROWS, 0, 0, 0)
        first, content = exported(ada, "entity", "csv")
        assert first["rows"] == ROWS
        assert not any(row["name"].startswith(("=", "@")) for row in rows(content))
        # Whose the records were, nobody knows here.
        copy = File("copy.csv", "text/csv", content)
        job = ended(eve, begin(eve, copy, mapping={"assigned_to": None}))
        assert counts(job) == ("succeeded", ROWS, 0, 0, 0)
        second, again = exported(eve, "entity", "csv")
        assert second["rows"] == ROWS
        assert comparable(again) == comparable(content)
        let_catch_up(eve)


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_an_export_holds_what_its_maker_may_see(stack: StackProcess, file_format: str) -> None:
    with Brook(stack) as brook:
        organization = brook.found()
        ada, bea = organization.founder, organization.join(name="Bea")
        team = organization.team("Sales", bea)
        entity = made(ada.post("/api/entities", {"type": "account", "name": "Mills"}))["id"]
        for name, more in (("Hidden", {}), ("Shared", {"shared_with": [team]})):
            made(ada.post("/api/deals", {"name": name, "entity_id": entity, **more}))
        for who, names in ((ada, ["Hidden", "Shared"]), (bea, ["Shared"])):
            job, content = exported(who, "deal", file_format)
            found = (
                rows(content)
                if file_format == "csv"
                else [json.loads(line) for line in content.splitlines()]
            )
            assert sorted(row["name"] for row in found) == names
            assert job["rows"] == len(names)
        refused(
            bea.post("/api/exports", {"record_type": "organization", "format": "zip"}),
            403,
            "permission_denied",
        )


def test_an_organization_comes_in_as_it_went_out(stack: StackProcess) -> None:
    with Brook(stack) as brook:
        whole = Whole.made(brook)
        _, content = exported(whole.admin, "organization", "zip")
        copy = whole.taken_in(content)
        _, back = exported(copy, "organization", "zip")
        assert pieces(back) == pieces(content)
        whole.stands(whole.user.at(copy.organization_id))
        refused(
            copy.post(
                "/api/imports",
                {
                    "record_type": "organization",
                    "file": File("all.zip", "application/zip", content).said(),
                },
            ),
            409,
            "conflict",
        )
