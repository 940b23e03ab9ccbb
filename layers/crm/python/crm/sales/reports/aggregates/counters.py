"""Exactly-once counting: one transaction writes the addition, and the marker that it is done.

The additions of many records to a row are one update. So a row, which all records of an
organization change, is written once for each batch, not once for each record.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
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
"""Maximum of generations, and facts of a week, of one record."""

RECORDS_AT_ONCE = 25
"""Records per transaction: it holds the markers of each, and the rows that they share."""

FACT = "fact#"

KEPT_SECONDS = 7 * 24 * 3600
"""Longer than any delay of the stream: DynamoDB keeps stream records for a day."""


class Counted(Output):
    """The part of a generation that one record contributed.

    Attributes:
        version: the version of the record; of a deleted one, one more than its last.
        contribution: the contribution of that version.
        edition: the number of writes of this item.
    """

    version: int = 0
    contribution: Contribution = {}
    edition: int = 0

    @classmethod
    def from_item(cls, item: Item) -> "Counted":
        rows = {(one["name"], one["row"]): one["numbers"] for one in item["rows"]}
        return cls(version=item["version"], contribution=rows, edition=item["edition"])

    def item(self) -> Item:
        """Return the stored item; the item of a deleted record expires."""
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
    """The fact is counted already."""


@dataclass(frozen=True)
class Step:
    """The effect of one version of a record on the aggregates.

    Attributes:
        address: the address of the record.
        version: the version; for a deleted record, one more than its last.
        contribution: its contribution; empty for a deleted record.
        facts: its facts, by the version or the stage history entry that is their marker.
    """

    address: RecordAddress
    version: int
    contribution: Contribution
    facts: Mapping[str, Contribution] = field(default_factory=dict)


@dataclass(frozen=True)
class _Remembered:
    """The markers of a record: the part that it contributed to each generation, and its facts."""

    counted: Mapping[str, Counted]
    facts: frozenset[str]

    def is_newer(self, version: int) -> bool:
        return any(one.version > version for one in self.counted.values())


def count(steps: Sequence[Step], generation: str, *, facts: bool = False) -> None:
    """Replace the contributions of older versions of records in a generation by newer ones.

    A version that is older than the counted version of any generation changes nothing; a repeated
    one neither. If the contribution of the same version differs, as after a change of the rules, it
    is corrected.

    Args:
        steps: steps of records of one organization; those of a record in any order.
        generation: the generation of aggregates.
        facts: whether to count facts too, which belong to no generation.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted; the caller repeats.
    """
    of_records: dict[RecordAddress, list[Step]] = {}
    for step in steps:
        of_records.setdefault(step.address, []).append(step)
    records = list(of_records.values())
    for start in range(0, len(records), RECORDS_AT_ONCE):
        _count_some(records[start : start + RECORDS_AT_ONCE], generation, facts=facts)


def count_fact(address: RecordAddress, fact: str, contribution: Contribution) -> None:
    """Add a fact, unless it is counted already.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted; the caller repeats.
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
        retry_on_conflict(once)


def _count_some(records: Sequence[Sequence[Step]], generation: str, *, facts: bool) -> None:
    """Count in one transaction, or in several where one cannot hold all writes."""
    try:
        retry_on_conflict(lambda: _count_once(records, generation, facts=facts))
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
    """Additions to rows: name and row → numbers."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Counter[str]] = {}

    def add(self, place: str, row: str, numbers: Numbers) -> None:
        self._rows.setdefault((place, row), Counter()).update(numbers)

    def stage(self, transaction: Transaction, organization_id: str) -> None:
        """Stage the additions; a row with no change is not written."""
        for (place, row), total in self._rows.items():
            numbers = {name: number for name, number in total.items() if number}
            if numbers:
                transaction.update(
                    keys.aggregate(organization_id, place, row),
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
    """Read the markers of a record; those of generations are numbers, those of facts are not."""
    pk = keys.summed(*address, "").pk
    found = {str(item["sk"]): item for item in SYSTEM.query(pk, ("0", f"{FACT}~"), MOST_REMEMBERED)}
    facts = frozenset(name.removeprefix(FACT) for name in found if name.startswith(FACT))
    counted = {
        name: Counted.from_item(item) for name, item in found.items() if not name.startswith(FACT)
    }
    return _Remembered(counted, facts)


@lru_cache(maxsize=10_000)
def _list_name(organization_id: str, generation: str, name: str) -> None:
    """List a name of rows in a generation, before the first of its rows is written.

    The deletion of the generation finds its rows by it. Once in the life of a process is enough.
    """
    SYSTEM.put(keys.aggregate(organization_id, names_of(generation), name), {})


def names_of(generation: str) -> str:
    """Return the name of the list of a generation's names."""
    return generations.name_in(generation, "names")
