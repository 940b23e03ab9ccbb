"""What points to a record, when both come from an archive."""

from pynamodb.expressions.operand import Path

from crm.errors import ValidationFailedError
from crm.store import keys
from crm.store.transaction import Transaction


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
