"""How many records point to a record, exact under concurrency: what is in use cannot go.

The count stands in an item of its own, which changes in the transaction that makes, moves or
deletes a pointing record; whoever would delete the record pointed to demands there that it is
zero. A list that is found empty would not do: it could be filled before the commit.
"""

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import InUseError


def add(transaction: Transaction, uses: Key) -> None:
    """One more record points to it.

    Args:
        transaction: the one that makes it point.
        uses: of `keys.uses`.
    """
    transaction.update(uses, [Path("uses").add({"N": "1"})])


def take(transaction: Transaction, uses: Key) -> None:
    """One record less points to it."""
    transaction.update(uses, [Path("uses").add({"N": "-1"})])


def end(transaction: Transaction, uses: Key, detail: str) -> None:
    """Delete the count, in the transaction that deletes what is pointed to.

    The commit raises:
        InUseError: something points to it; `detail` says what.
    """
    transaction.delete(uses, _unused(), lambda: InUseError(detail))


def require_none(transaction: Transaction, uses: Key, detail: str) -> None:
    """Demand that nothing points to it when the transaction commits.

    The commit raises:
        InUseError: something does; `detail` says what.
    """
    transaction.check(uses, _unused(), lambda: InUseError(detail))


def _unused() -> Condition:
    condition: Condition = Path("uses").does_not_exist() | (Path("uses") == 0)
    return condition
