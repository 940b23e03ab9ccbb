"""Generations of an organization's aggregates: the current one, and the one a recount builds."""

from pydantic import ConfigDict
from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.fields import Output

CLOSED = -1
"""A revision that no recount has read."""


class State(Output):
    """The state of an organization's aggregates.

    Attributes:
        current: the generation that is read.
        building: the generation that a recount builds.
        retiring: the generation that is no longer read; its rows are being deleted.
        retire_on: seconds since 1970; until then, requests and workers may still use it.
        kind: the record kind that is being read, while building or retiring.
        position: the sort key to continue at in the list of that kind; None for its beginning.
        counted: the number of records of each kind that the recount has read.
        revision: the number of writes.
        gone: the organization is being erased: nothing of it is counted.
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
        """The generations that every change is counted in."""
        return set() if self.gone else {self.current, *([self.building] if self.building else [])}


def read(organization_id: str) -> State:
    """Read the state of the aggregates, consistently."""
    return State.model_validate(SYSTEM.get(_key(organization_id)) or {})


def save(organization_id: str, old: State, new: State) -> State:
    """Replace the state that was read.

    Raises:
        StaleReadError: The state was written since it was read.
    """
    saved = new.model_copy(update={"revision": old.revision + 1})
    as_read = Path("revision") == old.revision if old.revision else Path("pk").does_not_exist()
    transaction = Transaction()
    transaction.put(_key(organization_id), saved.model_dump(), as_read, table=SYSTEM)
    transaction.commit()
    return saved


def close(transaction: Transaction, organization_id: str) -> None:
    """End counting for an organization in a transaction. A concurrent recount fails."""
    transaction.update(
        _key(organization_id),
        [Path("gone").set(True), Path("revision").set(CLOSED)],
        table=SYSTEM,
    )


def delete(organization_id: str) -> None:
    """Delete the state of an organization without aggregates."""
    SYSTEM.delete(_key(organization_id))


def name_in(generation: str, name: str) -> str:
    """Return the name of aggregates in a generation."""
    return f"g{generation}#{name}"


def _key(organization_id: str) -> Key:
    return keys.aggregate(organization_id, "generations", "state")
