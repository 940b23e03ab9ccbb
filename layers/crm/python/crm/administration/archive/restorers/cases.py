"""Cases that come from an archive."""

from crm.administration.archive.restorers import targets
from crm.platform.dynamodb.transaction import Transaction
from crm.records import references
from crm.sales.cases.schemas import Case


def restore(transaction: Transaction, case: Case) -> None:
    """Count a case with its entity, in the transaction that writes the case itself.

    The commit raises:
        ValidationFailedError: there is no such entity.
    """
    if case.entity_id is not None:
        references.count(transaction, case.organization_id, case.entity_id, Case.KIND)
        entity = (references.ENTITY, case.entity_id)
        targets.require(transaction, case.organization_id, entity, "entity_id")
