"""Exports, and what is in them."""

import io
import zipfile
from typing import Any

from tests.integration.client import Json, Person, good, made, wait_until
from tests.integration.imports import SECONDS


def exported(who: Person, record_type: str, file_format: str, **filters: Any) -> tuple[Json, bytes]:
    """An export that is done, and its file."""
    body = {"record_type": record_type, "format": file_format, "filters": filters}
    path = f"/api/exports/{made(who.post('/api/exports', body))['id']}"
    job = wait_until(
        lambda: good(who.get(path)),
        lambda one: one["status"] not in {"pending", "running"},
        SECONDS,
    )
    assert (job["status"], job["error"]) == ("succeeded", None)
    answer = who.download(job["file"])
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert len(answer.content) == job["size"]
    return job, answer.content


def pieces(content: bytes) -> dict[str, bytes]:
    """What two archives have in common that hold the same."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            name: archive.read(name)
            for name in archive.namelist()
            if name not in {"manifest.json", "organization.json"}
        }
