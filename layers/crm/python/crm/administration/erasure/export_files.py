"""Erases the files of exports and imports, which hold copies of an organization's data.

Files are not searched for one person. All files that an organization had when an erasure began are
deleted, whichever user made them; they can be made again. A running export ends without a file. A
running import is left alone: the records that it writes are written after the erasure.
"""

from collections import Counter
from collections.abc import Iterator

from crm.administration.erasure import files
from crm.administration.erasure.batches import Deadline, NotReadyError
from crm.administration.erasure.scope import ErasureScope
from crm.administration.exports.schemas import Export
from crm.administration.imports.schemas import Import
from crm.administration.imports.upload_events import Place
from crm.jobs import service as jobs
from crm.platform import clock
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.queries import record_id_of
from crm.platform.dynamodb.table import SYSTEM

PAGE = 500
"""Items per query: they are small."""

AT_WORK = 60
"""Seconds for which a worker may continue to write after its export was cancelled."""


def before(organization_id: str, kind: str, erasure_id: str) -> Iterator[str]:
    """Yield the ids of the jobs of a kind begun before an erasure, newest first."""
    pk = keys.job_entry(organization_id, kind, jobs.ALL, LOWEST).pk
    # Ids are ordered by creation time.
    older = Key(pk, erasure_id)
    for entries in SYSTEM.pages(pk, (LOWEST, HIGHEST), PAGE, newest_first=True, start=older):
        yield from map(record_id_of, entries)


def of_export(organization_id: str, export_id: str, deadline: Deadline) -> Counter[str]:
    """Delete the file of an export and the state of its writing; safe to repeat.

    Returns:
        The number of `exports` that had a file.

    Raises:
        StaleReadError: The worker has changed the job since it was read.
        NotReadyError: The worker may not have noticed yet that the export has ended.
        TimeIsUpError: The deadline has passed, and items are left.
    """
    job = jobs.read(Export, organization_id, export_id)
    if job is None:
        return Counter()
    if not job.is_over:
        job = jobs.cancel(job)
    if job.has_work:
        jobs.advance(job, job.changed(token=None))
    now = clock.now()
    if job.status == "cancelled" and job.finished_on is not None:
        passed = clock.seconds_between(job.finished_on, clock.timestamp(now))
        if passed < AT_WORK:
            raise NotReadyError
    has_file = job.has_file(now)
    if has_file:
        jobs.advance(job, job.changed(file_expires_on=clock.timestamp(now)))
    files.erase_folder(f"exports/{organization_id}/{export_id}/", deadline)
    return Counter(exports=int(has_file))


def of_import(organization_id: str, import_id: str, deadline: Deadline) -> Counter[str]:
    """Delete the files of an import that has ended; safe to repeat.

    Returns:
        The number of `imports` that had a file of errors.

    Raises:
        StaleReadError: The worker has changed the job since it was read.
        TimeIsUpError: The deadline has passed, and items are left.
    """
    job = jobs.read(Import, organization_id, import_id)
    if job is None or job.has_work:
        return Counter()
    had_file = job.error_file is not None
    if had_file:
        job = jobs.advance(job, job.changed(error_file=None))
    files.erase_folder(job.prefix, deadline)
    if job.is_over:
        files.erase_folder(Place(organization_id, import_id).key, deadline)
    return Counter(imports=int(had_file))


def erase_matches(erased: ErasureScope, import_id: str) -> None:
    """Delete the values by which rows of an import matched erased records; safe to repeat."""
    job = jobs.read(Import, erased.organization_id, import_id)
    if job is None:
        return
    pk = keys.import_match(erased.organization_id, import_id, "", "").pk
    for kept in SYSTEM.pages(pk, (LOWEST, HIGHEST), PAGE):
        wanted = erased.among({RecordRef(job.record_type, str(one["record_id"])) for one in kept})
        deleted = [one for one in kept if (job.record_type, one["record_id"]) in wanted]
        SYSTEM.batch_write([], [Key(one["pk"], one["sk"]) for one in deleted])
