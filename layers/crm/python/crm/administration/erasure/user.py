"""Erases an organization's data of one of its users, except the records that they made."""

from crm.administration.erasure import aggregates, inventory, profiles, records, system_data
from crm.administration.erasure.batches import Deadline, delete_partition
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import SYSTEM
from crm.sales.reports.aggregates import names
from crm.tenancy.members.schemas import Member
from crm.tenancy.notifications.schemas import Notification, user_list

FOUNDING = "POST /api/organizations#"
MOST_FOUNDED = 1000
"""Organizations that one user can found in a day, the lifetime of stored responses."""


def erase(organization_id: str, user_id: str, deadline: Deadline) -> None:
    """Erase the data of a present or former member; and the user, if in no other organization.

    Raises:
        TimeIsUpError: The deadline has passed, and items are left.
    """
    erase_kept(organization_id, user_id, deadline)
    profiles.of_user(user_id)


def erase_kept(organization_id: str, user_id: str, deadline: Deadline) -> None:
    """Erase an organization's data of a user; safe to repeat.

    Raises:
        TimeIsUpError: The deadline has passed, and items are left.
    """
    system_data.erase(organization_id, Member.KIND, user_id)
    records.erase(Notification, organization_id, user_list(user_id), deadline)
    delete_partition(SYSTEM, keys.idempotency(organization_id, user_id, "", "").pk, deadline)
    for kind in inventory.JOBS:
        delete_partition(
            SYSTEM, keys.job_entry(organization_id, kind, user_id, LOWEST).pk, deadline
        )
    aggregates.erase_moves(organization_id, names.of_user(user_id), deadline)
    _erase_founding(organization_id, user_id)


def _erase_founding(organization_id: str, user_id: str) -> None:
    """Erase the response to the founding of the organization, stored under no organization."""
    pk = keys.idempotency(keys.NO_ORGANIZATION, user_id, "", "").pk
    kept = SYSTEM.query(pk, (FOUNDING, FOUNDING + HIGHEST), MOST_FOUNDED)
    responses = [item for item in kept if organization_id in str(item.get("headers"))]
    SYSTEM.batch_write([], [keys.Key(item["pk"], item["sk"]) for item in responses])
