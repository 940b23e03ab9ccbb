"""Reading records and lists: typed, consistent, never beyond the organization asked for."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from crm import ids
from crm.store import keys
from crm.store.codec import Item
from crm.store.keys import Key
from crm.store.lists import HIGHEST, LOWEST, Allowance, Partition
from crm.store.records import Record
from crm.store.table import RECORDS, Table

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
        upper = min(position, highest)
        if upper < lowest:
            return []
        return table.query(pk, (lowest, upper), limit, newest_first=True, consistent=consistent)

    def lookup(positions: Sequence[str]) -> list[Item]:
        return list(table.batch_get(Key(pk, position) for position in positions).values())

    return Partition(fetch, lookup, allowance, accept)


def parts(whole: Key, name: str) -> tuple[str, tuple[str, str]]:
    """Where the parts of a record with this name stand: partition and bounds of the sort key."""
    first = keys.part(whole, name, "").sk
    return whole.pk, (first, first + HIGHEST)


def parts_oldest_first(whole: Key, name: str) -> Partition:
    """The parts of a record, whose names are ids, from the oldest on."""
    first = keys.part(whole, name, "").sk

    def fetch(position: str, limit: int) -> list[Item]:
        start = "" if position == HIGHEST else ids.inverse(position)
        items = RECORDS.query(whole.pk, (first + start, first + HIGHEST), limit)
        return [_turned_round(item, first) for item in items]

    def lookup(positions: Sequence[str]) -> list[Item]:
        found = RECORDS.batch_get(Key(whole.pk, first + ids.inverse(one)) for one in positions)
        return [_turned_round(item, first) for item in found.values()]

    return Partition(fetch, lookup, Allowance())


def _turned_round(item: Item, prefix: str) -> Item:
    """Lists run downwards: the position is turned round, so that the oldest comes first."""
    return {**item, "sk": ids.inverse(str(item["sk"]).removeprefix(prefix))}


def record_id_of(entry: Item) -> str:
    """The record that a list entry stands for: the last piece of its position."""
    return str(entry["sk"]).rpartition("#")[2]


def record_ids_of(entries: Sequence[Item]) -> list[str]:
    return [record_id_of(entry) for entry in entries]
