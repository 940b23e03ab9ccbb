"""Advances exports, each in the name of the user who created it."""

from collections.abc import Callable, Mapping

from crm.administration.exports import organization, records
from crm.administration.exports.schemas import ORGANIZATION, Export
from crm.administration.exports.sources import SOURCES
from crm.jobs import service as jobs
from crm.jobs.worker import Worker
from crm.platform.errors import NotAMemberError, NotFoundError, TooLargeError
from crm.platform.s3 import append_object, bucket, multipart_upload
from crm.tenancy.members import service as members
from crm.tenancy.permissions import Caller

Step = Callable[[Export, Caller], Export]
"""Does the next step of an export and returns its next version, which the worker commits."""

STEPS: Mapping[str, Step] = {
    **dict.fromkeys(SOURCES, records.step),
    ORGANIZATION: organization.step,
}
"""Step functions by record type."""


def step(job: Export) -> Export:
    """Do the next step of an export, with the current permissions of its creator."""
    if job.is_over:
        return _tidied(job)
    begun = job.begun() if job.status == "pending" else job
    try:
        caller = members.caller(job.created_by, job.is_super_admin, job.organization_id)
    except (NotAMemberError, NotFoundError):
        return jobs.advance(job, begun.ended("failed", "Its maker is no member any more."))
    try:
        return jobs.advance(job, STEPS[job.record_type](begun, caller))
    except TooLargeError as error:
        return jobs.advance(job, begun.ended("failed", error.detail))
    except (bucket.GoneError, multipart_upload.BrokenError):
        return _begun_again(job)


def _begun_again(job: Export) -> Export:
    """Restart an export whose written part is lost.

    Raises:
        StaleReadError: the part is not lost: another worker is ahead.
    """
    anew = job.changed(rows=0, left_out=0, position=None, is_written=False, token=None)
    begun = jobs.advance(job, anew)
    if job.token is not None:
        append_object.discard(job.token)
    return begun


def _tidied(job: Export) -> Export:
    """Delete the upload of an export that is over, and its file unless it has succeeded."""
    if job.token is not None:
        append_object.discard(job.token)
    if job.status != "succeeded":
        bucket.delete(job.file_key)
    return jobs.advance(job, job.changed(token=None))


WORKER = Worker(Export, step)
