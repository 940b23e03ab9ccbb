"""Deletes an organization: at once for all its members, and its data soon after."""

from crm.administration.erasure import queue
from crm.platform.dynamodb.transaction import Transaction
from crm.sales.reports.aggregates import generations
from crm.tenancy import permissions, tombstones
from crm.tenancy.members import service as members
from crm.tenancy.organizations.schemas import Organization
from crm.tenancy.permissions import Caller


def delete(transaction: Transaction, caller: Caller, old: Organization) -> None:
    """Delete an organization with all its data.

    The transaction deletes the organization and the caller's membership. The other memberships are
    deleted before the response; `functions/queues/erasure_worker` erases the data, and deletes the
    memberships that are left if this request is cut off.

    Raises:
        PermissionDeniedError: The caller is not an admin.
    """
    permissions.require_admin(caller)
    organization_id = caller.organization_id
    transaction.delete_record(old)
    members.delete(transaction, organization_id, caller.user_id)
    generations.close(transaction, organization_id)
    tombstones.stage(transaction, organization_id, caller.user_id)
    transaction.afterwards(lambda: members.delete_all(organization_id))
    queue.begin(transaction, {"kind": old.KIND, "organization_id": organization_id})
