"""How many records of a kind there may be, exact under concurrency.

The count stands in an item of its own, which changes in the transaction that makes or deletes a
record: of two requests for the last place, one finds it taken.
"""

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import LimitExceededError


def count_in(
    transaction: Transaction, organization_id: str, kind: str, group: str, limit: int
) -> None:
    """Count one more record.

    Args:
        transaction: the one that makes the record.
        organization_id: whose.
        kind: the record's.
        group: what the limit holds for, such as a record type.
        limit: how many there may be.

    Raises:
        LimitExceededError: there may be none.
    The commit raises:
        LimitExceededError: there are as many already.
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


def count_out(transaction: Transaction, organization_id: str, kind: str, group: str) -> None:
    """Count one record less, in the transaction that deletes it."""
    transaction.update(keys.count(organization_id, kind, group), [Path("count").add({"N": "-1"})])
