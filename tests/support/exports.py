"""Exports, and a worker that a test holds in its hands."""

import csv
import io
import json
from typing import Any
from urllib.parse import urlsplit

from tests.support.client import Client, Reply, function
from tests.support.cloud import BUCKET, Cloud, client

EXPORTS = "/api/exports"


def begin(
    who: Client, record_type: str = "deal", file_format: str = "jsonl", /, **filters: Any
) -> Reply:
    """Ask for an export."""
    made = who.post(
        EXPORTS, {"record_type": record_type, "format": file_format, "filters": filters}
    )
    assert made.status == 201, made.text
    return made


def work(cloud: Cloud) -> None:
    """Let the worker handle messages until there are none."""
    for _ in range(100):
        events = cloud.job_events()
        if not events:
            return
        for event in events:
            function("export_worker")(event, None)
    raise AssertionError("there are still messages")


def shown(who: Client, export_id: str) -> Any:
    """An export as it stands."""
    found = who.get(f"{EXPORTS}/{export_id}")
    assert found.status == 200, found.text
    return found.json


def run(
    who: Client,
    cloud: Cloud,
    record_type: str = "deal",
    file_format: str = "jsonl",
    /,
    **filters: Any,
) -> Any:
    """Export something; how it ended."""
    made = begin(who, record_type, file_format, **filters)
    work(cloud)
    return shown(who, made.json["id"])


def content(who: Client, job: Any) -> bytes:
    """The file, by the address that it has."""
    found = who.get(job["file"])
    assert found.status == 302, found.text
    key = urlsplit(found.headers["Location"]).path.lstrip("/").removeprefix(f"{BUCKET}/")
    stored: bytes = client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert len(stored) == job["size"]
    return stored


def records(who: Client, job: Any) -> list[Any]:
    """The lines of a file of JSON lines."""
    assert job["status"] == "succeeded", job
    found = [json.loads(line) for line in content(who, job).decode().splitlines()]
    assert len(found) == job["rows"]
    return found


def table(who: Client, job: Any) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    assert job["status"] == "succeeded", job
    found = list(csv.DictReader(io.StringIO(content(who, job).decode(), newline="")))
    assert len(found) == job["rows"]
    return found


def listed(who: Client, path: str) -> list[Any]:
    """All pages of a list."""
    found: list[Any] = []
    following = path + ("&" if "?" in path else "?") + "limit=100"
    while following:
        page = who.get(following)
        assert page.status == 200, page.text
        found += page.json["results"]
        following = page.json["next"]
    return found
