"""Files to import, on their way."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tests.support.integration.client import File, Json, Person, good, made, new_id, wait_until

SECONDS = 1800.0


def table(rows: Iterable[Sequence[object]]) -> File:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return File("people.csv", "text/csv", text.getvalue().encode())


def begin(
    who: Person,
    file: File,
    record_type: str = "entity",
    mapping: Mapping[str, str | None] | None = None,
    **options: Any,
) -> str:
    """Ask for an import, and upload its file."""
    body = {
        "record_type": record_type,
        "file": file.said(),
        "mapping": mapping or {},
        "options": options,
    }
    job = made(who.post("/api/imports", body))
    assert who.upload(job["upload"], file.content).status_code == 204
    return str(job["id"])


def until(who: Person, import_id: str, holds: Callable[[Json], bool]) -> Json:
    return wait_until(lambda: good(who.get(f"/api/imports/{import_id}")), holds, SECONDS)


def ended(who: Person, import_id: str) -> Json:
    return until(who, import_id, lambda job: job["status"] not in {"pending", "running"})


def counts(job: Json) -> tuple[str, int, int, int, int]:
    return job["status"], job["created"], job["updated"], job["skipped"], job["failed_rows"]


def errors(who: Person, job: Json) -> list[dict[str, str]]:
    answer = who.download(job["error_file"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def let_catch_up(who: Person) -> None:
    """Wait until the stream has brought up to date what follows from all that was written."""
    name = new_id()
    made(who.post("/api/leads", {"last_name": name}))
    wait_until(lambda: who.ids("/api/leads", name=name), bool, SECONDS)
