"""Service of exports: create and cancel them, and link to their files."""

from collections.abc import Sequence
from typing import Any

from crm.administration.exports.schemas import ORGANIZATION, Export, ExportCreate
from crm.jobs import queue
from crm.jobs import service as jobs
from crm.platform import clock
from crm.platform.aws import is_overload
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import FieldError, FileNotAvailableError, ValidationFailedError
from crm.platform.fields import PageQuery
from crm.platform.s3 import bucket
from crm.platform.validation import validate
from crm.records.record_service import SERVICES
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

FILTERS = "filters"

SECOND_CALL_SECONDS = 30.0
"""Delay of the second message to the worker; longer than a request takes."""


def create(
    transaction: Transaction,
    caller: Caller,
    is_super_admin: bool,
    export_id: str,
    body: ExportCreate,
) -> Export:
    """Create an export.

    Raises:
        PermissionDeniedError: the caller exports a whole organization, and is not an admin.
        ValidationFailedError: the record type does not have the format, or a filter is unknown or
            has a value of the wrong form.
    """
    _require_format(body)
    job = Export.create(
        caller,
        is_super_admin,
        id=export_id,
        record_type=body.record_type,
        format=body.format,
        filters=_filters(caller, body),
    )
    jobs.stage(transaction, job)
    # A request that crashes after the commit has already sent this delayed message to the worker.
    queue.wake(job, SECOND_CALL_SECONDS)
    transaction.afterwards(lambda: _wake(job))
    return job


def cancel(job: Export) -> Export:
    """Cancel an export.

    Raises:
        ConflictError: the export has ended.
        StaleReadError: the worker has advanced the export since it was read.
    """
    cancelled = jobs.cancel(job)
    if cancelled.has_work:
        _wake(cancelled)
    return cancelled


def link(job: Export) -> str:
    """Return a presigned URL of the file, valid for some minutes.

    Raises:
        FileNotAvailableError: the file is not written yet, never will be, or is deleted.
    """
    if not job.has_file(clock.now()):
        raise FileNotAvailableError
    return bucket.presigned_link(job.file_key, job.file_name, job.content_type)


def _require_format(body: ExportCreate) -> None:
    formats = ("zip",) if body.record_type == ORGANIZATION else ("csv", "jsonl")
    if body.format not in formats:
        raise ValidationFailedError.of("format", f"must be {' or '.join(formats)}")


def _filters(caller: Caller, body: ExportCreate) -> dict[str, Any]:
    """Return the normalized filters; an organization is exported without any."""
    if body.record_type == ORGANIZATION:
        permissions.require_admin(caller)
        if body.filters:
            raise _refusal([FieldError(name, "is no filter") for name in body.filters])
        return {}
    service = SERVICES[body.record_type]
    known = service.model.QUERY.model_fields.keys() - PageQuery.model_fields.keys()
    unknown = [name for name in body.filters if name not in known]
    if unknown:
        raise _refusal([FieldError(name, "is no filter of this list") for name in unknown])
    try:
        query = validate(service.model.QUERY, body.filters)
        service.check_query(caller, query)
    except ValidationFailedError as error:
        raise _refusal(error.errors) from error
    given = query.model_dump(mode="json", include=set(known), exclude_none=True)
    return {name: value for name, value in given.items() if name in body.filters}


def _refusal(errors: Sequence[FieldError]) -> ValidationFailedError:
    named = [FieldError(f"{FILTERS}.{one.field}"[:255], one.message) for one in errors]
    return ValidationFailedError("The filters cannot be accepted.", named)


def _wake(job: Export) -> None:
    """Send a message to the worker. If SQS is overloaded, the delayed message replaces it."""
    try:
        queue.wake(job)
    except Exception as error:
        if not is_overload(error):
            raise
