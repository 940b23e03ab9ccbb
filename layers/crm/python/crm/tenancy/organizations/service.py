"""Read and change an organization."""

from collections.abc import Sequence

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import HIGHEST, EntryList, ReadBudget
from crm.platform.dynamodb.queries import partition, read, record_ids_of
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import NotAMemberError
from crm.tenancy import permissions
from crm.tenancy.organizations.schemas import Organization, OrganizationReplace
from crm.tenancy.permissions import Caller

_PREFIX = "ORG#"


def read_organization(caller: Caller) -> Organization:
    """Return the caller's organization.

    Raises:
        NotAMemberError: The organization is being deleted, and its memberships with it.
    """
    organization = read(Organization, caller.organization_id, caller.organization_id)
    if organization is None:
        raise NotAMemberError
    return organization


def update(
    transaction: Transaction, caller: Caller, old: Organization, body: OrganizationReplace
) -> Organization:
    """Change an organization's name or currency.

    Raises:
        PermissionDeniedError: The caller is no admin.
    """
    permissions.require_admin(caller)
    new = old.changed(caller.user_id, **body.model_dump())
    transaction.save(new, old)
    return new


def list_mine(user_id: str) -> EntryList:
    """List the organizations of which a user is an active member, newest first."""
    pk = keys.user(user_id).pk
    return partition(RECORDS, pk, ReadBudget(), (_PREFIX, _PREFIX + HIGHEST))


def of_entries(entries: Sequence[Item]) -> list[Organization]:
    """Return the organizations of a page of `list_mine`."""
    found = {
        organization_id: keys.record(organization_id, Organization.KIND, organization_id)
        for organization_id in record_ids_of(entries)
    }
    items = RECORDS.batch_get(found.values())
    return [Organization.from_item(items[key]) for key in found.values() if key in items]
