"""Files to import, and a worker that a test holds in its hands."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.support.client import Client, Reply, function
from tests.support.cloud import BUCKET, Cloud, client
from tests.support.uploads import deliver, put

IMPORTS = "/api/imports"


def table(rows: Iterable[Sequence[object]], delimiter: str = ",") -> bytes:
    """A CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


def asked(
    content: bytes, record_type: str = "entity", mapping: Any = None, **options: Any
) -> dict[str, Any]:
    """The body of a request to import a file."""
    file = {"name": "people.csv", "content_type": "text/csv", "size": len(content)}
    body: dict[str, Any] = {"record_type": record_type, "file": file, "options": options}
    return body if mapping is None else {**body, "mapping": mapping}


def begin(who: Client, content: bytes, *arguments: Any, **options: Any) -> Reply:
    """Ask for an import, and upload its file."""
    made = who.post(IMPORTS, asked(content, *arguments, **options))
    assert made.status == 201, made.text
    deliver(put(made, content, "text/csv"))
    return made


def work(cloud: Cloud) -> None:
    """Let the worker handle messages until there are none."""
    for _ in range(100):
        events = cloud.job_events()
        if not events:
            return
        for event in events:
            function("import_worker")(event, None)
    raise AssertionError("there are still messages")


def run(
    who: Client, cloud: Cloud, content: bytes, *arguments: Any, **options: Any
) -> dict[str, Any]:
    """Import a file; how it ended."""
    made = begin(who, content, *arguments, **options)
    work(cloud)
    return shown(who, made.json["id"])


def shown(who: Client, import_id: str) -> dict[str, Any]:
    """An import as it stands."""
    found = who.get(f"{IMPORTS}/{import_id}")
    assert found.status == 200, found.text
    job: dict[str, Any] = found.json
    return job


def counts(job: Mapping[str, Any]) -> tuple[str, int, int, int, int]:
    """Its status, and how many rows were created, updated, skipped, and failed."""
    assert job["done_rows"] == sum(
        job[name] for name in ("created", "updated", "skipped", "failed_rows")
    )
    return job["status"], job["created"], job["updated"], job["skipped"], job["failed_rows"]


def errors(who: Client, job: Mapping[str, Any]) -> list[dict[str, str]]:
    """The file of what failed."""
    link = who.get(job["error_file"])
    assert link.status == 302, link.text
    key = f"imports/{who.organization_id}/{job['id']}/errors.csv"
    assert key in link.headers["Location"]
    content = client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert content.startswith(b"line,field,message,")
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
