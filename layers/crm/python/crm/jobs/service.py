"""Jobs: stored in the system table, advanced by one worker at a time, visible to their creators.

A job's item holds its progress. A step is committed under the condition that it is the next one,
so of two workers at the same step only one succeeds, and another worker continues for a crashed
one.
"""

from collections.abc import Sequence
from typing import TypeVar

from pynamodb.expressions.operand import Path

from crm.jobs.records import Job
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, EntryList, ReadBudget
from crm.platform.dynamodb.queries import partition, record_ids_of
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.platform.errors import ConflictError, NotFoundError, PermissionDeniedError
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

ALL = "all"

AnyJob = TypeVar("AnyJob", bound=Job)


def stage(transaction: Transaction, job: Job) -> None:
    """Write a new job and its index items."""
    absent = Path("pk").does_not_exist()
    transaction.put(job.key, job.item(), absent, table=SYSTEM)
    for name in (ALL, job.created_by):
        entry = keys.job_entry(job.organization_id, job.KIND, name, job.id)
        transaction.put(entry, {"expires_on": job.expires_on}, table=SYSTEM)


def read(kind: type[AnyJob], organization_id: str, job_id: str) -> AnyJob | None:
    """Read a job; None if it does not exist."""
    item = SYSTEM.get(keys.job(organization_id, kind.KIND, job_id))
    return kind.from_item(item) if item else None


def find(kind: type[AnyJob], caller: Caller, job_id: str) -> AnyJob:
    """Return a job that the caller may see: their own; any, for admins.

    Raises:
        NotFoundError: The organization has no such job.
        PermissionDeniedError: The job was created by another user, or is for admins only.
    """
    _admit(kind, caller)
    job = read(kind, caller.organization_id, job_id)
    if job is None:
        raise NotFoundError
    if not caller.is_admin and job.created_by != caller.user_id:
        raise PermissionDeniedError
    return job


def list_all(kind: type[Job], caller: Caller) -> EntryList:
    """Return the jobs that the caller may see, newest first.

    Raises:
        PermissionDeniedError: The jobs are for admins only.
    """
    _admit(kind, caller)
    name = ALL if caller.is_admin else caller.user_id
    pk = keys.job_entry(caller.organization_id, kind.KIND, name, LOWEST).pk
    return partition(SYSTEM, pk, ReadBudget(), (LOWEST, HIGHEST))


def rows(kind: type[Job], caller: Caller, entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of `list_all`."""
    wanted = [
        keys.job(caller.organization_id, kind.KIND, job_id) for job_id in record_ids_of(entries)
    ]
    found: dict[Key, Item] = SYSTEM.batch_get(wanted)
    return [kind.from_item(found[key]).answer() for key in wanted if key in found]


def _admit(kind: type[Job], caller: Caller) -> None:
    if kind.FOR_ADMINS:
        permissions.require_admin(caller)


def cancel(job: AnyJob) -> AnyJob:
    """Cancel a job before it is done; idempotent.

    Raises:
        ConflictError: The job has succeeded or failed.
        StaleReadError: The job has advanced since it was read.
    """
    if job.status == "cancelled":
        return job
    if job.is_over:
        raise ConflictError(f"It has {job.status} already.")
    return _written(job.ended("cancelled"), job)


def advance(old: AnyJob, new: AnyJob) -> AnyJob:
    """Commit a step. If the job was cancelled concurrently, it stays so, and the step is kept.

    Raises:
        StaleReadError: Another worker has committed this step.
    """
    try:
        return _written(new.changed(step=old.step + 1), old)
    except StaleReadError:
        found = read(type(old), old.organization_id, old.id)
        if found is None or found.step != old.step or found.status != "cancelled":
            raise
        ended = {"status": found.status, "finished_on": found.finished_on, "error": found.error}
        return _written(new.changed(step=old.step + 1, **ended), found)


def _written(new: AnyJob, old: AnyJob) -> AnyJob:
    unchanged = (Path("step") == old.step) & (Path("status") == old.status)
    if not SYSTEM.put_if(unchanged, new.key, new.item()):
        raise StaleReadError
    return new
