"""Typed, consistent reads of records and lists, each within one organization."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from crm.platform import ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, Partition, ReadBudget
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import RECORDS, Table
from crm.platform.errors import NotFoundError

Accept = Callable[[Item], bool]
"""Returns whether an index item belongs to the result."""

AnyRecord = TypeVar("AnyRecord", bound=Record)


def read(kind: type[AnyRecord], organization_id: str, record_id: str) -> AnyRecord | None:
    """Read a record; None if the organization has no such record."""
    item = RECORDS.get(keys.record(organization_id, kind.KIND, record_id))
    return kind.from_item(item) if item else None


def find(kind: type[AnyRecord], organization_id: str, record_id: str) -> AnyRecord:
    """Read a record.

    Raises:
        NotFoundError: The organization has no such record.
    """
    record = read(kind, organization_id, record_id)
    if record is None:
        raise NotFoundError
    return record


def read_many(
    kind: type[AnyRecord], organization_id: str, record_ids: Iterable[str]
) -> dict[str, AnyRecord]:
    """Read several records by id; those that do not exist are left out."""
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
    budget: ReadBudget,
    between: tuple[str, str] = (LOWEST, HIGHEST),
    accept: Accept | None = None,
) -> Partition:
    """Return a stored list of records, newest first, read consistently.

    Args:
        kind: the record class.
        organization_id: the organization of the records.
        name: the index name, as `Record.index_entries` returns it.
        budget: the read budget of the request.
        between: lowest and highest sort key, both included.
        accept: index items that it refuses are skipped.
    """
    pk = keys.index_item(organization_id, kind.KIND, name, LOWEST).pk
    return partition(RECORDS, pk, budget, between, accept=accept)


def partition(
    table: Table,
    pk: str,
    budget: ReadBudget,
    between: tuple[str, str],
    *,
    accept: Accept | None = None,
    consistent: bool = True,
) -> Partition:
    """Return any partition of a table as a list in descending order of the sort keys."""
    lowest, highest = between

    def fetch(position: str, limit: int) -> list[Item]:
        bounds = (lowest, min(position, highest))
        return table.query(pk, bounds, limit, newest_first=True, consistent=consistent)

    def lookup(positions: Sequence[str]) -> list[Item]:
        return list(table.batch_get(Key(pk, position) for position in positions).values())

    return Partition(fetch, lookup, budget, accept)


def child_items(whole: Key, name: str) -> tuple[str, tuple[str, str]]:
    """Return the partition and the sort key bounds of a record's child items of one name."""
    first = keys.child_item(whole, name, "").sk
    return whole.pk, (first, first + HIGHEST)


def child_item_list(
    whole: Key, name: str, *, oldest_first: bool = False, accept: Accept | None = None
) -> Partition:
    """Return the child items of a record, which have ids, as a list by age.

    Args:
        whole: the key of the record.
        name: the name of the child items.
        oldest_first: lists are in descending order, so the sort keys are inverted.
        accept: child items that it refuses are skipped.
    """
    first = keys.child_item(whole, name, "").sk

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

    return Partition(fetch, lookup, ReadBudget(), accept)


def record_id_of(entry: Item) -> str:
    """Return the record id of an index item: the last segment of its sort key."""
    return str(entry["sk"]).rpartition("#")[2]


def record_ids_of(entries: Sequence[Item]) -> list[str]:
    return [record_id_of(entry) for entry in entries]
