"""Starts an import when its file is uploaded."""

import hashlib
from dataclasses import dataclass

from crm.administration.imports.schemas import Import, Source
from crm.jobs import queue
from crm.jobs import service as jobs
from crm.platform.dynamodb.transaction import StaleReadError
from crm.platform.s3 import bucket
from crm.platform.s3.bucket import Arrived, GoneError

_UPLOADS = "uploads/imports/"


@dataclass(frozen=True)
class Place:
    """The upload key of the file of an import."""

    organization_id: str
    import_id: str

    @property
    def key(self) -> str:
        return f"{_UPLOADS}{self.organization_id}/{self.import_id}"

    @classmethod
    def parse(cls, key: str) -> "Place | None":
        """Return the place that a key names; None for any other key."""
        pieces = key.removeprefix(_UPLOADS).split("/")
        return cls(*pieces) if key.startswith(_UPLOADS) and len(pieces) == 2 else None


def arrived(place: Place, version_id: str | None) -> None:
    """Start an import with its uploaded file; idempotent.

    The file is copied to a key that no client can write, because the upload form can be used again.
    The import takes the first file that arrives.

    Args:
        place: the upload key of the file.
        version_id: the version of the object.
    """
    job = jobs.read(Import, place.organization_id, place.import_id)
    found = bucket.head(place.key, version_id)
    if job is not None and job.status == "pending" and found is not None:
        job = _begun(job, found)
    if job is not None and job.has_work:
        queue.wake(job)
    bucket.delete(place.key, version_id)


def _begun(job: Import, found: Arrived) -> Import | None:
    objection = _objection(job, found)
    if objection is not None:
        return _advanced(job, job.ended("failed", objection))
    version = hashlib.sha256(found.version_id.encode()).hexdigest()[:16]
    key = f"{job.prefix}source-{version}"
    try:
        bucket.keep(found, key)
    except GoneError:
        return jobs.read(Import, job.organization_id, job.id)
    return _advanced(job, job.begun().changed(source=Source(key=key)))


def _advanced(old: Import, new: Import) -> Import | None:
    try:
        return jobs.advance(old, new)
    except StaleReadError:
        return jobs.read(Import, old.organization_id, old.id)


def _objection(job: Import, found: Arrived) -> str | None:
    """Return why the file differs from its declaration; None if it does not."""
    if found.size != job.file.size:
        return f"The file has {found.size} bytes, not the declared {job.file.size}."
    if job.sha256 is not None and bucket.sha256(found) != job.sha256:
        return "The checksum is not the declared one."
    return None
