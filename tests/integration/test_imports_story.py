"""Files brought along by people who come from elsewhere, over HTTP and real uploads."""

import json
import shutil
import subprocess
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from local.process import StackProcess
from tests.support.integration.client import Brook, File, Json, good, made, wait_until
from tests.support.integration.imports import (
    SECONDS,
    begin,
    counts,
    ended,
    errors,
    let_catch_up,
    table,
    until,
)

ROWS = 600
"""Ten thousand pass as well; they take their time."""

BAD = 60
"""One row in so many cannot be accepted."""

KILLS = 5
SAMPLES = Path(__file__).parents[1] / "samples"


def kill(stack: StackProcess) -> bool:
    """End the worker's process as if its machine had gone; whether there was one."""
    pattern = f"{stack.settings.directory}.*-importing-"
    command = [shutil.which("pkill") or "pkill", "-9", "-f", pattern]
    return subprocess.run(command, check=False).returncode == 0


def _has_done(rows: int, job: Json) -> bool:
    return job["status"] != "pending" and bool(job["done_rows"] >= rows)


def wake(stack: StackProcess, organization_id: str, import_id: str) -> None:
    """A message more than there need be, so as not to wait until the old one comes again."""
    message = {"organization_id": organization_id, "job_id": import_id}
    stack.client("sqs").send_message(
        QueueUrl=stack.outputs["ImportsQueueUrl"], MessageBody=json.dumps(message)
    )


@pytest.mark.parametrize("origin", ["google", "outlook", "hubspot"])
def test_an_address_book_comes_along_without_a_mapping(stack: StackProcess, origin: str) -> None:
    content = (SAMPLES / f"{origin}_contacts.csv").read_bytes()
    with Brook(stack) as brook:
        ada = brook.found().founder
        job = ended(ada, begin(ada, File(f"{origin}.csv", "text/csv", content)))
        failed = errors(ada, job) if job["error_file"] else []
        assert counts(job) == ("succeeded", job["total_rows"], 0, 0, 0), failed
        assert job["total_rows"] >= 5
        people = [good(ada.get(f"/api/entities/{one}")) for one in ada.ids("/api/entities")]
        assert all(one["name"] for one in people)
        reached = [one for one in people if one["contact_points"]]
        assert len(reached) >= job["total_rows"] - 1
        point = reached[0]["contact_points"][0]["value"]
        assert reached[0]["id"] in ada.ids("/api/entities", contact_point=point)


def test_a_worker_that_is_killed_again_and_again(stack: StackProcess) -> None:
    """Each good row is there once, and each bad one explained."""
    bad = {n for n in range(ROWS) if n % BAD == BAD // 2}
    rows = [(f"Person {n}", "no address" if n in bad else f"p{n}@example.com") for n in range(ROWS)]
    with Brook(stack) as brook:
        ada = brook.found().founder
        import_id = begin(ada, table([("name", "email"), *rows]))
        for n in range(KILLS):
            done = n * ROWS // (KILLS + 1)
            until(ada, import_id, partial(_has_done, done))
            wait_until(lambda: kill(stack), bool)
            wake(stack, str(ada.organization_id), import_id)
        job = ended(ada, import_id)
        assert counts(job) == ("succeeded", ROWS - len(bad), 0, 0, len(bad))
        assert job["total_rows"] == job["done_rows"] == ROWS
        told = [(one["line"], one["field"], one["name"]) for one in errors(ada, job)]
        assert told == [(str(n + 2), "email", f"Person {n}") for n in sorted(bad)]
        names = Counter(
            one["name"] for page in ada.pages("/api/entities", limit=100) for one in page["results"]
        )
        assert names == Counter(f"Person {n}" for n in range(ROWS) if n not in bad)
        let_catch_up(ada)


def test_rules_run_for_imported_rows_only_if_asked(stack: StackProcess) -> None:
    with Brook(stack) as brook:
        ada = brook.found().founder
        rule = {
            "name": "Greet",
            "record_type": "lead",
            "trigger": {"event": "created", "criteria": "every_time"},
            "actions": [{"type": "update_field", "field": "source", "value": "greeted"}],
            "is_active": True,
        }
        made(ada.post("/api/workflow-rules", rule))
        for name, fire_rules in (("Quiet", False), ("Loud", True)):
            file = table([("last_name",), (name,)])
            job = ended(ada, begin(ada, file, "lead", fire_rules=fire_rules))
            assert counts(job) == ("succeeded", 1, 0, 0, 0)
        leads = wait_until(
            lambda: {
                one["last_name"]: one["source"] for one in good(ada.get("/api/leads"))["results"]
            },
            lambda found: found["Loud"] == "greeted",
            SECONDS,
        )
        assert leads == {"Loud": "greeted", "Quiet": None}
        wait_until(
            lambda: sorted(
                good(ada.get(f"/api/leads/{one}/history"))["count"] for one in ada.ids("/api/leads")
            ),
            lambda versions: versions == [1, 2],
            SECONDS,
        )
