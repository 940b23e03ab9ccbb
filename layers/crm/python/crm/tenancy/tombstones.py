"""Organizations that are no more: that there was one, by its id, and nothing else of it.

A tombstone stays for ever. What comes late of an organization (the stream tells of records that
are being erased, a backup brings records back) is known by it to be of one that is gone.
"""

from functools import cache

from pydantic import ConfigDict
from pynamodb.expressions.operand import Path

from crm.platform import clock
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.table import BOOKKEEPING
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.fields import Output


class Tombstone(Output):
    """What is known of an organization that was deleted.

    Attributes:
        begun_on: when it was deleted.
        begun_by: the id of the user who did it.
        passes: how often all that it had has been looked through.
        done_on: when nothing of it was left; None before.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    organization_id: str
    begun_on: str
    begun_by: str
    passes: int = 0
    done_on: str | None = None


def stage(transaction: Transaction, organization_id: str, by: str) -> None:
    """Put up a tombstone, in the transaction that deletes the organization."""
    stone = Tombstone(
        organization_id=organization_id, begun_on=clock.timestamp(clock.now()), begun_by=by
    )
    absent = Path("pk").does_not_exist()
    transaction.put(keys.erased(organization_id), stone.model_dump(), absent, table=BOOKKEEPING)


def find(organization_id: str) -> Tombstone | None:
    """The tombstone of an organization, None if it has none."""
    item = BOOKKEEPING.get(keys.erased(organization_id))
    return Tombstone.model_validate(item) if item else None


def passed(stone: Tombstone, *, is_last: bool) -> None:
    """Write down that all has been looked through once more."""
    changes = {
        "passes": stone.passes + 1,
        "done_on": clock.timestamp(clock.now()) if is_last else None,
    }
    new = stone.model_copy(update=changes)
    BOOKKEEPING.put(keys.erased(stone.organization_id), new.model_dump())


def is_gone(organization_id: str) -> bool:
    """Whether an organization is no more. That one is gone is remembered, for it stays gone."""
    known = _gone()
    if organization_id not in known and find(organization_id) is not None:
        known.add(organization_id)
    return organization_id in known


@cache
def _gone() -> set[str]:
    return set()
