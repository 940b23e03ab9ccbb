"""Checks references between records that are restored from an archive."""

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import ValidationFailedError


def require(transaction: Transaction, organization_id: str, target: RecordRef, field: str) -> None:
    """Require that a record exists when the transaction commits.

    The record may be merging into another one: the reference is older than the merge.

    The commit raises:
        ValidationFailedError: The record does not exist; `field` is the invalid field.
    """
    transaction.check(
        keys.record(organization_id, *target),
        Path("pk").exists(),
        lambda: ValidationFailedError.of(field, "names nothing that the archive holds"),
    )
