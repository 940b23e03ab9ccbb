"""Restores cases from an archive."""

from crm.administration.archive.restorers import targets
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.transaction import Transaction
from crm.records import references
from crm.sales.cases.schemas import Case


def restore(transaction: Transaction, case: Case) -> None:
    """Count the reference of a case to its entity, in the transaction that writes the case.

    The commit raises:
        ValidationFailedError: The entity does not exist.
    """
    if case.entity_id is not None:
        references.increment(transaction, case.organization_id, case.entity_id, Case.KIND)
        entity = RecordRef(references.ENTITY, case.entity_id)
        targets.require(transaction, case.organization_id, entity, "entity_id")
