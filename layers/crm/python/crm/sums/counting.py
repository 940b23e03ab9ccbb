"""Counting exactly once: what is added, and that it is, are written in one transaction."""

import time
from collections.abc import Callable
from functools import lru_cache

from pynamodb.expressions.operand import Path

from crm.fields import Output
from crm.store import keys
from crm.store.codec import Item
from crm.store.keys import RecordAddress
from crm.store.repeating import until_done
from crm.store.table import BOOKKEEPING
from crm.store.transaction import Transaction
from crm.sums import generations
from crm.sums.contributions import Contribution, differences

MOST_GENERATIONS = 100
KEPT_SECONDS = 7 * 24 * 3600
"""Longer than any delivery of the stream can be late: DynamoDB keeps its records for a day."""


class Counted(Output):
    """What a generation has counted of a record.

    Attributes:
        version: of the record; of a deleted one, one more than its last.
        contribution: what that version adds.
        edition: one more with each write of this.
    """

    version: int = 0
    contribution: Contribution = {}
    edition: int = 0

    @classmethod
    def from_item(cls, item: Item) -> "Counted":
        rows = {(one["name"], one["row"]): one["numbers"] for one in item["rows"]}
        return cls(version=item["version"], contribution=rows, edition=item["edition"])

    def item(self) -> Item:
        """As it is stored; what is counted of a deleted record is forgotten in time."""
        rows = [
            {"name": name, "row": row, "numbers": numbers}
            for (name, row), numbers in self.contribution.items()
        ]
        expires_on = None if rows else int(time.time()) + KEPT_SECONDS
        return {
            "version": self.version,
            "rows": rows,
            "edition": self.edition,
            "expires_on": expires_on,
        }


class _AlreadyCountedError(Exception):
    """A fact has been counted before."""


def count(
    address: RecordAddress, version: int, contribution: Contribution, generation: str
) -> None:
    """Make a generation hold what a version of a record adds, instead of what an older one did.

    A version that is older than what any generation has counted changes nothing, one that is
    repeated neither. If the same version is found to add something else, as after a change of
    the rules, that is put right.

    Args:
        address: the record's.
        version: the version; for a deleted record, one more than its last.
        contribution: what it adds; nothing for a deleted record.
        generation: the generation of sums.

    Raises:
        UnavailableError: too many others are counting in the same rows; to be repeated.
    """
    _patiently(lambda: _count(address, version, contribution, generation))


def count_fact(address: RecordAddress, version: int | str, facts: Contribution) -> None:
    """Add what a version of a record adds for good, or a stay of a deal, unless that was done.

    Raises:
        UnavailableError: too many others are counting in the same rows; to be repeated.
    """
    if facts:
        _patiently(lambda: _count_fact(address, version, facts))


def _count(
    address: RecordAddress, version: int, contribution: Contribution, generation: str
) -> None:
    counted = _counted(address)
    if any(one.version > version for one in counted.values()):
        return
    known = counted.get(generation, Counted())
    if (known.version, known.contribution) == (version, contribution):
        return
    new = Counted(version=version, contribution=contribution, edition=known.edition + 1)
    as_read = Path("edition") == known.edition if known.edition else Path("pk").does_not_exist()
    for name in {name for name, _ in contribution} - {name for name, _ in known.contribution}:
        _list_name(address.organization_id, generation, name)
    transaction = Transaction()
    key = keys.summed(*address, generation)
    transaction.put(key, new.item(), as_read, table=BOOKKEEPING)
    for (name, row), numbers in differences(known.contribution, contribution).items():
        place = generations.name_in(generation, name)
        _add(transaction, keys.sums(address.organization_id, place, row), numbers)
    transaction.commit()


def _count_fact(address: RecordAddress, version: int | str, facts: Contribution) -> None:
    transaction = Transaction()
    transaction.put(
        keys.summed(*address, f"fact#{version}"),
        {"expires_on": int(time.time()) + KEPT_SECONDS},
        Path("pk").does_not_exist(),
        _AlreadyCountedError,
        table=BOOKKEEPING,
    )
    for (name, row), numbers in facts.items():
        _add(transaction, keys.sums(address.organization_id, name, row), numbers)
    try:
        transaction.commit()
    except _AlreadyCountedError:
        return


def _counted(address: RecordAddress) -> dict[str, Counted]:
    """What each generation has counted of a record; generations are numbers, facts are not."""
    found = BOOKKEEPING.query(keys.summed(*address, "").pk, ("0", "9~"), MOST_GENERATIONS)
    return {str(item["sk"]): Counted.from_item(item) for item in found}


def _add(transaction: Transaction, row: keys.Key, numbers: dict[str, int]) -> None:
    transaction.update(
        row,
        [Path(name).add({"N": str(number)}) for name, number in numbers.items()],
        table=BOOKKEEPING,
    )


@lru_cache(maxsize=10_000)
def _list_name(organization_id: str, generation: str, name: str) -> None:
    """Note, before its first row is written, that a generation has rows of this name.

    They are found by it when the generation goes. Once in the life of a process is enough.
    """
    BOOKKEEPING.put(keys.sums(organization_id, names_of(generation), name), {})


def names_of(generation: str) -> str:
    """Where the names of a generation's sums are listed."""
    return generations.name_in(generation, "names")


def _patiently(write: Callable[[], None]) -> None:
    def once() -> bool:
        write()
        return False

    until_done(once)
