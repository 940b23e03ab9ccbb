"""Begins erasures of persons. Admins only."""

from crm.administration.erasure import queue, subject_records
from crm.administration.erasure.schemas import MEMBER, Erasure, ErasureCreate
from crm.jobs import service as jobs
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import ValidationFailedError
from crm.tenancy import permissions
from crm.tenancy.members import service as members
from crm.tenancy.permissions import Caller


def create(
    transaction: Transaction,
    caller: Caller,
    is_super_admin: bool,
    erasure_id: str,
    body: ErasureCreate,
) -> Erasure:
    """Begin to erase a person: the transaction deletes their record, or their membership.

    Raises:
        PermissionDeniedError: The caller is not an admin.
        ValidationFailedError: The record never existed, or nothing is left of it.
        LastAdminError: The erasure would leave the organization without an active admin.
    The commit raises:
        InUseError: Other records, such as deals, refer to the entity.
    """
    permissions.require_admin(caller)
    job = Erasure.of(caller, is_super_admin, erasure_id, body)
    if body.record_type == MEMBER:
        former = members.find_any(caller, body.record_id)
        if former is None:
            raise _unknown()
        members.erase(transaction, caller, former)
    else:
        found = subject_records.find(caller.organization_id, body.record_type, body.record_id)
        if not found:
            raise _unknown()
        ended = subject_records.delete(transaction, caller.organization_id, found)
        job = job.changed(
            roots=[record_id for _, record_id in found], erased={"records": ended} if ended else {}
        )
    jobs.stage(transaction, job)
    queue.begin(transaction, job.message)
    return job


def _unknown() -> ValidationFailedError:
    return ValidationFailedError.of("record_id", "is nobody of whom anything is left here")
