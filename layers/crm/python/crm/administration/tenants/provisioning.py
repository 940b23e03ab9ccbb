"""Provisions an organization: its record, its first admin and its default pipeline."""

from crm.platform import config
from crm.platform.dynamodb.transaction import Transaction
from crm.sales.pipelines import service as pipelines
from crm.tenancy import user_pool
from crm.tenancy.members import service as members
from crm.tenancy.organizations.schemas import Organization, OrganizationCreate


def provision(
    transaction: Transaction, organization_id: str, user_id: str, body: OrganizationCreate
) -> Organization:
    """Create an organization, with its founder as admin and a default pipeline.

    Args:
        transaction: The transaction of the request.
        organization_id: The id of the new organization.
        user_id: The founder.
        body: Its name and currency.
    """
    organization = Organization.create(
        organization_id,
        user_id,
        id=organization_id,
        name=body.name,
        default_currency=body.default_currency or config.default_currency(),
    )
    transaction.save(organization, None)
    members.add_founder(transaction, organization_id, user_pool.find(user_id))
    pipelines.found_default(transaction, organization_id, user_id)
    return organization
