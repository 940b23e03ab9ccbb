"""Tombstones of deleted organizations: the id and the state of the deletion, nothing else.

A tombstone is kept forever. It identifies late data of a deleted organization: the stream delivers
changes of records that are being erased, and a restored backup contains old records.
"""

from functools import cache

from pydantic import ConfigDict
from pynamodb.expressions.operand import Path

from crm.platform import clock
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.fields import Output


class Tombstone(Output):
    """The state of an organization's deletion.

    Attributes:
        begun_on: time of the deletion.
        begun_by: id of the user who deleted it.
        passes: number of finished passes over all of the organization's data.
        done_on: time at which a pass found nothing left; None before.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    organization_id: str
    begun_on: str
    begun_by: str
    passes: int = 0
    done_on: str | None = None


def stage(transaction: Transaction, organization_id: str, by: str) -> None:
    """Write a tombstone, in the transaction that deletes the organization."""
    stone = Tombstone(
        organization_id=organization_id, begun_on=clock.timestamp(clock.now()), begun_by=by
    )
    absent = Path("pk").does_not_exist()
    transaction.put(keys.erased(organization_id), stone.model_dump(), absent, table=SYSTEM)


def find(organization_id: str) -> Tombstone | None:
    """Return the tombstone of an organization; None if it has none."""
    item = SYSTEM.get(keys.erased(organization_id))
    return Tombstone.model_validate(item) if item else None


def passed(stone: Tombstone, *, is_last: bool) -> None:
    """Record that a pass is finished."""
    changes = {
        "passes": stone.passes + 1,
        "done_on": clock.timestamp(clock.now()) if is_last else None,
    }
    new = stone.model_copy(update=changes)
    SYSTEM.put(keys.erased(stone.organization_id), new.model_dump())


def is_gone(organization_id: str) -> bool:
    """Return whether an organization is deleted. A deletion is final, and so it is cached."""
    known = _gone()
    if organization_id not in known and find(organization_id) is not None:
        known.add(organization_id)
    return organization_id in known


@cache
def _gone() -> set[str]:
    return set()
