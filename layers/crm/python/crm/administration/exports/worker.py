"""Advances exports, each in the name of the user who created it."""

from crm.administration.exports import organization, records
from crm.administration.exports.schemas import ORGANIZATION, Export
from crm.jobs import service as jobs
from crm.jobs.worker import Worker
from crm.platform.errors import NotAMemberError, NotFoundError, TooLargeError
from crm.platform.s3 import append_object, bucket, multipart_upload
from crm.tenancy.members import service as members


def step(job: Export) -> Export:
    """Do the next step of an export, with the current permissions of its creator."""
    if job.is_over:
        return _tidied(job)
    begun = job.begun() if job.status == "pending" else job
    try:
        caller = members.caller(job.created_by, job.is_super_admin, job.organization_id)
    except (NotAMemberError, NotFoundError):
        return jobs.advance(job, begun.ended("failed", "Its maker is no member any more."))
    advance = organization.step if job.record_type == ORGANIZATION else records.step
    try:
        return jobs.advance(job, advance(begun, caller))
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
