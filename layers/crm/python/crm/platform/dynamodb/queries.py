"""Reading records and lists: typed, consistent, never beyond the organization asked for."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from crm.platform import ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, Allowance, Partition
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import RECORDS, Table

Accept = Callable[[Item], bool]
"""Whether an entry of a list counts."""

AnyRecord = TypeVar("AnyRecord", bound=Record)


def read(kind: type[AnyRecord], organization_id: str, record_id: str) -> AnyRecord | None:
    """One record, None if the organization has no such one."""
    item = RECORDS.get(keys.record(organization_id, kind.KIND, record_id))
    return kind.from_item(item) if item else None


def read_many(
    kind: type[AnyRecord], organization_id: str, record_ids: Iterable[str]
) -> dict[str, AnyRecord]:
    """The records that exist among the ids, by id."""
    wanted = {
        record_id: keys.record(organization_id, kind.KIND, record_id) for record_id in record_ids
    }
    found = RECORDS.batch_get(wanted.values())
    return {
        record_id: kind.from_item(found[key]) for record_id, key in wanted.items() if key in found
    }


def record_list(
    kind: type[Record],
    organization_id: str,
    name: str,
    allowance: Allowance,
    between: tuple[str, str] = (LOWEST, HIGHEST),
    accept: Accept | None = None,
) -> Partition:
    """A stored list of records, newest first, read consistently.

    Args:
        kind: whose.
        organization_id: whose.
        name: the list's name, as `Record.lists` gives it.
        allowance: the request's own.
        between: the lowest and highest position that count.
        accept: entries that it refuses are passed over.
    """
    pk = keys.entry(organization_id, kind.KIND, name, LOWEST).pk
    return partition(RECORDS, pk, allowance, between, accept=accept)


def partition(
    table: Table,
    pk: str,
    allowance: Allowance,
    between: tuple[str, str],
    *,
    accept: Accept | None = None,
    consistent: bool = True,
) -> Partition:
    """Any partition of a table as a list, from its highest sort key down."""
    lowest, highest = between

    def fetch(position: str, limit: int) -> list[Item]:
        bounds = (lowest, min(position, highest))
        return table.query(pk, bounds, limit, newest_first=True, consistent=consistent)

    def lookup(positions: Sequence[str]) -> list[Item]:
        return list(table.batch_get(Key(pk, position) for position in positions).values())

    return Partition(fetch, lookup, allowance, accept)


def parts(whole: Key, name: str) -> tuple[str, tuple[str, str]]:
    """Where the parts of a record with this name stand: partition and bounds of the sort key."""
    first = keys.part(whole, name, "").sk
    return whole.pk, (first, first + HIGHEST)


def part_list(
    whole: Key, name: str, *, oldest_first: bool = False, accept: Accept | None = None
) -> Partition:
    """The parts of a record, whose names are ids, as a list by age.

    Args:
        whole: the record.
        name: of the parts.
        oldest_first: lists run downwards, so the positions are turned round.
        accept: parts that it refuses are passed over.
    """
    first = keys.part(whole, name, "").sk

    def turned(position: str) -> str:
        return ids.inverse(position) if oldest_first else position

    def positioned(item: Item) -> Item:
        return {**item, "sk": turned(str(item["sk"]).removeprefix(first))}

    def fetch(position: str, limit: int) -> list[Item]:
        lowest, highest = first, first + HIGHEST
        if oldest_first and position != HIGHEST:
            lowest = first + turned(position)
        elif not oldest_first:
            highest = first + position
        items = RECORDS.query(whole.pk, (lowest, highest), limit, newest_first=not oldest_first)
        return [positioned(item) for item in items]

    def lookup(positions: Sequence[str]) -> list[Item]:
        found = RECORDS.batch_get(Key(whole.pk, first + turned(one)) for one in positions)
        return [positioned(item) for item in found.values()]

    return Partition(fetch, lookup, Allowance(), accept)


def record_id_of(entry: Item) -> str:
    """The record that a list entry stands for: the last piece of its position."""
    return str(entry["sk"]).rpartition("#")[2]


def record_ids_of(entries: Sequence[Item]) -> list[str]:
    return [record_id_of(entry) for entry in entries]
