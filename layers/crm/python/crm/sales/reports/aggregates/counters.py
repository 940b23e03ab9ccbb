"""Counting exactly once: what is added, and that it is, are written in one transaction.

What many records add to a row is added at once. So a row, which all of an organization's records
change, is written as often as batches come, and not as often as records do.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import RecordAddress
from crm.platform.dynamodb.parallel import in_parallel
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.dynamodb.transaction import (
    Refusal,
    StaleReadError,
    Transaction,
    retry_on_conflict,
)
from crm.platform.errors import LimitExceededError
from crm.platform.fields import Output
from crm.sales.reports.aggregates import generations
from crm.sales.reports.aggregates.contributions import Contribution, Numbers, differences

MOST_REMEMBERED = 20_000
"""Generations, and facts of a week, of one record: more than there ever are."""

RECORDS_AT_ONCE = 25
"""Counted in one transaction, which holds what is remembered of each, and the rows they share."""

FACT = "fact#"

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


@dataclass(frozen=True)
class Step:
    """What one version of a record does to the sums.

    Attributes:
        address: the record's.
        version: the version; for a deleted record, one more than its last.
        contribution: what it adds; nothing for a deleted record.
        facts: what it adds for good, by the version or the stay that they are counted under.
    """

    address: RecordAddress
    version: int
    contribution: Contribution
    facts: Mapping[str, Contribution] = field(default_factory=dict)


@dataclass(frozen=True)
class _Remembered:
    """What is known of a record: what each generation has counted of it, and which facts."""

    counted: Mapping[str, Counted]
    facts: frozenset[str]

    def is_newer(self, version: int) -> bool:
        return any(one.version > version for one in self.counted.values())


def count(steps: Sequence[Step], generation: str, *, facts: bool = False) -> None:
    """Make a generation hold what versions of records add, instead of what older ones did.

    A version that is older than what any generation has counted changes nothing, one that is
    repeated neither. If the same version is found to add something else, as after a change of
    the rules, that is put right.

    Args:
        steps: of records of one organization; of each record in any order.
        generation: the generation of sums.
        facts: whether to count facts too, which belong to no generation.

    Raises:
        UnavailableError: too many others are counting in the same rows; to be repeated.
    """
    of_records: dict[RecordAddress, list[Step]] = {}
    for step in steps:
        of_records.setdefault(step.address, []).append(step)
    records = list(of_records.values())
    for start in range(0, len(records), RECORDS_AT_ONCE):
        _count_some(records[start : start + RECORDS_AT_ONCE], generation, facts=facts)


def count_fact(address: RecordAddress, fact: str, contribution: Contribution) -> None:
    """Add what stands for good, unless that was done.

    Raises:
        UnavailableError: too many others are counting in the same rows; to be repeated.
    """

    def once() -> None:
        transaction, rows = Transaction(), _Rows()
        _stage_fact(transaction, rows, address, fact, contribution, _AlreadyCountedError)
        rows.stage(transaction, address.organization_id)
        try:
            transaction.commit()
        except _AlreadyCountedError:
            return

    if contribution:
        _patiently(once)


def _count_some(records: Sequence[Sequence[Step]], generation: str, *, facts: bool) -> None:
    """Count in one transaction; in several, where that holds less than is to be written."""
    try:
        _patiently(lambda: _count_once(records, generation, facts=facts))
    except LimitExceededError:
        if len(records) == 1:
            raise
        half = len(records) // 2
        for some in (records[:half], records[half:]):
            _count_some(some, generation, facts=facts)


def _count_once(records: Sequence[Sequence[Step]], generation: str, *, facts: bool) -> None:
    addresses = [steps[0].address for steps in records]
    remembered = (
        in_parallel(_remembered, addresses)
        if len(addresses) > 1
        else [_remembered(address) for address in addresses]
    )
    transaction, rows = Transaction(), _Rows()
    for steps, known in zip(records, remembered, strict=True):
        last = max(steps, key=lambda step: step.version)
        _stage_state(transaction, rows, last, known, generation)
        named = {name: one for step in steps for name, one in step.facts.items() if facts and one}
        for name in sorted(named.keys() - known.facts):
            _stage_fact(transaction, rows, last.address, name, named[name])
    rows.stage(transaction, addresses[0].organization_id)
    transaction.commit()


class _Rows:
    """What is to be added to which row: place and row → numbers."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Counter[str]] = {}

    def add(self, place: str, row: str, numbers: Numbers) -> None:
        self._rows.setdefault((place, row), Counter()).update(numbers)

    def stage(self, transaction: Transaction, organization_id: str) -> None:
        """Have it added; what comes to nothing is left as it is."""
        for (place, row), total in self._rows.items():
            numbers = {name: number for name, number in total.items() if number}
            if numbers:
                transaction.update(
                    keys.sums(organization_id, place, row),
                    [Path(name).add({"N": str(number)}) for name, number in numbers.items()],
                    table=SYSTEM,
                )


def _stage_state(
    transaction: Transaction, rows: _Rows, step: Step, remembered: _Remembered, generation: str
) -> None:
    known = remembered.counted.get(generation, Counted())
    is_known = (known.version, known.contribution) == (step.version, step.contribution)
    if is_known or remembered.is_newer(step.version):
        return
    new = Counted(version=step.version, contribution=step.contribution, edition=known.edition + 1)
    as_read = Path("edition") == known.edition if known.edition else Path("pk").does_not_exist()
    for name in {name for name, _ in step.contribution} - {name for name, _ in known.contribution}:
        _list_name(step.address.organization_id, generation, name)
    key = keys.summed(*step.address, generation)
    transaction.put(key, new.item(), as_read, table=SYSTEM)
    for (name, row), numbers in differences(known.contribution, step.contribution).items():
        rows.add(generations.name_in(generation, name), row, numbers)


def _stage_fact(
    transaction: Transaction,
    rows: _Rows,
    address: RecordAddress,
    fact: str,
    contribution: Contribution,
    refusal: Refusal = StaleReadError,
) -> None:
    transaction.put(
        keys.summed(*address, FACT + fact),
        {"expires_on": int(time.time()) + KEPT_SECONDS},
        Path("pk").does_not_exist(),
        refusal,
        table=SYSTEM,
    )
    for (name, row), numbers in contribution.items():
        rows.add(name, row, numbers)


def _remembered(address: RecordAddress) -> _Remembered:
    """What is known of a record; generations are numbers, facts are not."""
    pk = keys.summed(*address, "").pk
    found = {str(item["sk"]): item for item in SYSTEM.query(pk, ("0", f"{FACT}~"), MOST_REMEMBERED)}
    facts = frozenset(name.removeprefix(FACT) for name in found if name.startswith(FACT))
    counted = {
        name: Counted.from_item(item) for name, item in found.items() if not name.startswith(FACT)
    }
    return _Remembered(counted, facts)


@lru_cache(maxsize=10_000)
def _list_name(organization_id: str, generation: str, name: str) -> None:
    """Note, before its first row is written, that a generation has rows of this name.

    They are found by it when the generation goes. Once in the life of a process is enough.
    """
    SYSTEM.put(keys.sums(organization_id, names_of(generation), name), {})


def names_of(generation: str) -> str:
    """Where the names of a generation's sums are listed."""
    return generations.name_in(generation, "names")


def _patiently(write: Callable[[], None]) -> None:
    def once() -> bool:
        write()
        return False

    retry_on_conflict(once)
