"""Limits on the number of records of a kind, exact under concurrency.

The count has an item of its own, which changes in the transaction that creates or deletes a
record: of two concurrent requests for the last place, one is refused.
"""

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import LimitExceededError


def consume(
    transaction: Transaction, organization_id: str, kind: str, group: str, limit: int
) -> None:
    """Increment the count of records.

    Args:
        transaction: the transaction that creates the record.
        organization_id: the organization of the record.
        kind: the kind of the record.
        group: the scope of the limit, such as a record type.
        limit: maximum number of records.

    Raises:
        LimitExceededError: The limit is 0.
    The commit raises:
        LimitExceededError: The limit is reached.
    """

    def refusal() -> LimitExceededError:
        return LimitExceededError(f"There can be no more than {limit} of them.")

    if limit <= 0:
        raise refusal()
    transaction.update(
        keys.count(organization_id, kind, group),
        [Path("count").add({"N": "1"})],
        Path("count").does_not_exist() | (Path("count") < limit),
        refusal,
    )


def release(transaction: Transaction, organization_id: str, kind: str, group: str) -> None:
    """Decrement the count of records, in the transaction that deletes one."""
    transaction.update(keys.count(organization_id, kind, group), [Path("count").add({"N": "-1"})])
