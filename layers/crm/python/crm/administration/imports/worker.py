"""Advances imports: surveys the file, then writes its rows, chunk by chunk."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from crm.administration.csv import columns, reader
from crm.administration.csv.fields import RecordType
from crm.administration.csv.reader import Survey
from crm.administration.imports import error_report, organization
from crm.administration.imports.deduplication import Matcher
from crm.administration.imports.rows import Outcome, Writer
from crm.administration.imports.schemas import ORGANIZATION, Import, Source
from crm.jobs import service as jobs
from crm.jobs.worker import Worker
from crm.platform import clock
from crm.platform.errors import (
    ConflictError,
    NotAMemberError,
    NotFoundError,
    PermissionDeniedError,
    ValidationFailedError,
)
from crm.platform.s3 import bucket
from crm.records.owned_service import OWNED_SERVICES
from crm.tenancy.members import service as members
from crm.tenancy.permissions import Caller

CHUNK = 100
"""Rows between two commits of the progress."""


def step(job: Import) -> Import:
    """Do the next step of an import."""
    if job.is_over:
        return _concluded(job, job)
    try:
        caller = members.caller(job.created_by, job.is_super_admin, job.organization_id)
    except (NotAMemberError, NotFoundError):
        return jobs.advance(job, job.ended("failed", "Its maker is no member any more."))
    if job.record_type == ORGANIZATION:
        return _taken_in(job, caller)
    source = _source(job)
    if source.survey is None:
        return _surveyed(job, caller)
    matcher = Matcher(job, OWNED_SERVICES[job.record_type], caller)
    if matcher.indexed and not source.is_indexed:
        following = matcher.index(source.indexed_to)
        return _advanced(job, indexed_to=following, is_indexed=following is None)
    return _written(job, caller)


def _taken_in(job: Import, caller: Caller) -> Import:
    try:
        further = organization.take(job, caller)
    except (ConflictError, PermissionDeniedError, ValidationFailedError) as error:
        return jobs.advance(job, job.ended("failed", error.detail))
    return _concluded(job, further) if further.is_over else jobs.advance(job, further)


def _surveyed(job: Import, caller: Caller) -> Import:
    """Survey the file once: its format, its number of rows, and the fields its columns fill."""
    known = OWNED_SERVICES[job.record_type].definitions(caller)
    try:
        with bucket.read_from(_source(job).key) as stream:
            survey = reader.survey(stream)
        plan = columns.plan(_record_type(job), survey.header, job.mapping, known)
    except (ValueError, ValidationFailedError) as error:
        return jobs.advance(job, job.ended("failed", str(error)))
    if len(plan.unmatched) == len(survey.header):
        return jobs.advance(job, job.ended("failed", "None of the columns is known."))
    looked = job.changed(total_rows=survey.rows, ignored_columns=plan.unmatched)
    return _advanced(looked, survey=asdict(survey), offset=survey.offset, line=survey.line)


def _written(job: Import, caller: Caller) -> Import:
    """Write the next chunk of rows; if none is left, conclude the import."""
    source = _source(job)
    survey = _survey(source)
    with bucket.read_from(source.key, source.offset) as stream:
        rows = list(reader.rows(stream, survey, source.offset, source.line, CHUNK))
    if not rows:
        return _concluded(job, job.ended("succeeded"))
    service = OWNED_SERVICES[job.record_type]
    known = service.definitions(caller)
    plan = columns.plan(_record_type(job), survey.header, job.mapping, known)
    outcomes = Writer(job, service, caller, known, plan).write(rows)
    return _advanced(
        _counted(job, outcomes),
        offset=rows[-1].end,
        line=rows[-1].next_line,
        faults=error_report.add(
            job,
            survey.header,
            [(one.row.line, one.errors, one.row.cells) for one in outcomes if one.errors],
        ),
    )


def _counted(job: Import, outcomes: list[Outcome]) -> Import:
    results = Counter(one.result for one in outcomes)
    return job.changed(
        done_rows=job.done_rows + len(outcomes),
        created=job.created + results["created"],
        updated=job.updated + results["updated"],
        skipped=job.skipped + results["skipped"],
        failed_rows=job.failed_rows + results["failed"],
        progressed_on=clock.timestamp(clock.now()),
    )


def _concluded(job: Import, ended: Import) -> Import:
    """Publish the error file, and delete the files that are no longer needed."""
    shown = error_report.finish(job)
    error_file = f"/api/imports/{job.id}/errors" if shown else None
    done = jobs.advance(job, ended.changed(is_concluded=True, error_file=error_file))
    error_report.discard(job)
    bucket.delete(_source(job).key)
    return done


def _advanced(job: Import, **source: Any) -> Import:
    return jobs.advance(job, job.changed(source=_source(job).model_copy(update=source)))


def _record_type(job: Import) -> RecordType:
    assert job.record_type != ORGANIZATION, "an organization has no rows"
    return job.record_type


def _survey(source: Source) -> Survey:
    assert source.survey is not None, "rows are written after the file was looked through"
    return Survey(**{**source.survey, "header": tuple(source.survey["header"])})


def _source(job: Import) -> Source:
    assert job.source is not None, "a job without a file is not woken"
    return job.source


WORKER = Worker(Import, step)
