"""Counts of references to a record, exact under concurrency: a record in use is not deleted.

The count has an item of its own, which changes in the transaction that creates, moves or deletes
a referring record; the transaction that deletes the referenced record requires it to be zero. A
list that is read as empty would not suffice: it could be filled before the commit.
"""

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import InUseError


def increment(transaction: Transaction, uses: Key) -> None:
    """Count a new reference to a record.

    Args:
        transaction: the transaction that writes the reference.
        uses: the key of the count, of `keys.uses`.
    """
    transaction.update(uses, [Path("uses").add({"N": "1"})])


def decrement(transaction: Transaction, uses: Key) -> None:
    """Count a removed reference to a record."""
    transaction.update(uses, [Path("uses").add({"N": "-1"})])


def delete(transaction: Transaction, uses: Key, detail: str) -> None:
    """Delete the count, in the transaction that deletes the referenced record.

    The commit raises:
        InUseError: Another record refers to it; `detail` names which.
    """
    transaction.delete(uses, _unused(), lambda: InUseError(detail))


def require_zero(transaction: Transaction, uses: Key, detail: str) -> None:
    """Require that no record refers to it when the transaction commits.

    The commit raises:
        InUseError: Another record refers to it; `detail` names which.
    """
    transaction.check(uses, _unused(), lambda: InUseError(detail))


def _unused() -> Condition:
    condition: Condition = Path("uses").does_not_exist() | (Path("uses") == 0)
    return condition
