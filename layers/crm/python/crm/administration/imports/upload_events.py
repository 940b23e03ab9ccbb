"""What happens when the file of an import has arrived: the work begins."""

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
    """Where a client uploads the file of an import."""

    organization_id: str
    import_id: str

    @property
    def key(self) -> str:
        return f"{_UPLOADS}{self.organization_id}/{self.import_id}"

    @classmethod
    def parse(cls, key: str) -> "Place | None":
        """The place that a key names; None for any other key."""
        pieces = key.removeprefix(_UPLOADS).split("/")
        return cls(*pieces) if key.startswith(_UPLOADS) and len(pieces) == 2 else None


def arrived(place: Place, version_id: str | None) -> None:
    """Begin an import with the file that has arrived; safe to repeat.

    The file is copied to where no client writes, because the form that stored it can be used
    again. The first one that arrives is the import's.

    Args:
        place: where it was stored.
        version_id: which of the versions there.
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
    """Why the file is not what was declared; None if it is."""
    if found.size != job.file.size:
        return f"The file has {found.size} bytes, not the declared {job.file.size}."
    if job.sha256 is not None and bucket.sha256(found) != job.sha256:
        return "The checksum is not the declared one."
    return None
