"""Which generation of an organization's sums is read, and which is being built."""

from pydantic import ConfigDict
from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.fields import Output

CLOSED = -1
"""The revision that no recount has read before."""


class State(Output):
    """Where an organization's sums stand.

    Attributes:
        current: the generation that is read.
        building: the generation that a recount is filling.
        retiring: the generation that nobody reads any more, and whose rows are being deleted.
        retire_on: seconds since 1970; before, somebody may still be reading or writing it.
        kind: the record kind that is being walked, while building or retiring.
        position: where in the list of that kind to go on; None for its beginning.
        counted: how many records of each kind the recount has met.
        revision: one more with each write.
        gone: the organization is being erased: nothing of it counts any more.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    current: str = "1"
    building: str | None = None
    retiring: str | None = None
    retire_on: int = 0
    kind: str | None = None
    position: str | None = None
    counted: dict[str, int] = {}
    revision: int = 0
    gone: bool = False

    @property
    def kept(self) -> set[str]:
        """The generations that every event counts in."""
        return set() if self.gone else {self.current, *([self.building] if self.building else [])}


def read(organization_id: str) -> State:
    """Where the sums stand, read consistently."""
    return State.model_validate(SYSTEM.get(_key(organization_id)) or {})


def save(organization_id: str, old: State, new: State) -> State:
    """Write a state in the place of the one that was read.

    Raises:
        StaleReadError: somebody else has written one meanwhile.
    """
    saved = new.model_copy(update={"revision": old.revision + 1})
    as_read = Path("revision") == old.revision if old.revision else Path("pk").does_not_exist()
    transaction = Transaction()
    transaction.put(_key(organization_id), saved.model_dump(), as_read, table=SYSTEM)
    transaction.commit()
    return saved


def close(transaction: Transaction, organization_id: str) -> None:
    """Let nothing of an organization count from a transaction on. Who is counting anew loses."""
    transaction.update(
        _key(organization_id),
        [Path("gone").set(True), Path("revision").set(CLOSED)],
        table=SYSTEM,
    )


def forget(organization_id: str) -> None:
    """Delete the state of an organization that has no sums any more."""
    SYSTEM.delete(_key(organization_id))


def name_in(generation: str, name: str) -> str:
    """The name of sums, in a generation of them."""
    return f"g{generation}#{name}"


def _key(organization_id: str) -> Key:
    return keys.sums(organization_id, "generations", "state")
