"""What points to a record, when both come from an archive."""

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import ValidationFailedError


def require(
    transaction: Transaction, organization_id: str, target: tuple[str, str], field: str
) -> None:
    """Demand that a record exists when the transaction commits.

    It may be on its way into another one: what pointed to it did so before.

    The commit raises:
        ValidationFailedError: there is none; `field` is at fault.
    """
    transaction.check(
        keys.record(organization_id, *target),
        Path("pk").exists(),
        lambda: ValidationFailedError.of(field, "names nothing that the archive holds"),
    )
