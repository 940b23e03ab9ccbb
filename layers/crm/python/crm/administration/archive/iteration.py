"""Iterates over all records of a kind in a stable order, oldest first, page by page.

A list is read from a sort key on, so an interrupted iteration continues where it was. Concurrent
writes are not waited for: the dump omits what is created after it began.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TypeVar

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.parallel import in_parallel
from crm.platform.dynamodb.queries import read_many, record_id_of
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import RECORDS, Table

BATCH = 100
PARTITIONS = 16
"""Partitions that are read in parallel: their results are held in memory."""

ITEMS = 25
"""Items of a partition per query: most partitions have fewer."""

AnyRecord = TypeVar("AnyRecord", bound=Record)


def positions(
    organization_id: str, kind: str, names: Sequence[str], start: str
) -> Iterator[list[str]]:
    """Yield the sort keys that are in at least one of several lists, in batches.

    Several lists are read twice, so that a record that moves between them concurrently is found.

    Args:
        organization_id: the organization of the lists.
        kind: the kind of the records.
        names: the names of the lists.
        start: the first sort key; empty to begin at the first one.
    """
    pks = [keys.index_item(organization_id, kind, name, LOWEST).pk for name in names]
    while True:
        rounds = min(len(pks), 2)
        read = [some for _ in range(rounds) for some in in_parallel(partial(_batch, start), pks)]
        batch = sorted({position for some in read for position in some})[:BATCH]
        if batch:
            yield batch
            start = following(batch[-1])
        if len(batch) < BATCH:
            return


def records(
    kind: type[AnyRecord], organization_id: str, names: Sequence[str], after: str
) -> Iterator[tuple[str, AnyRecord]]:
    """Yield the records of several lists, each with its sort key, after a sort key."""
    for batch in positions(organization_id, kind.KIND, names, following(after)):
        by_id = {record_id_of({"sk": position}): position for position in batch}
        for record_id, record in read_many(kind, organization_id, by_id).items():
            yield by_id[record_id], record


def items(
    table: Table, partitions: Sequence[tuple[str, str, str]], between: tuple[str, str], after: str
) -> Iterator[tuple[str, Item]]:
    """Yield the items of several partitions, each with its place, one partition after the other.

    Args:
        table: the table of the partitions.
        partitions: for each, the partition key, the prefix of its places, and the prefix of its
            sort keys that is not part of a place.
        between: the lowest and highest sort key.
        after: the place after which to begin.
    """

    def read(one: tuple[str, str, str], start: str) -> list[Item]:
        return table.query(one[0], (start, between[1]), ITEMS)

    def first(one: tuple[str, str, str]) -> list[Item]:
        _, prefix, head = one
        begun = after.startswith(f"{prefix}#")
        start = following(head + after.removeprefix(f"{prefix}#")) if begun else between[0]
        return read(one, start)

    for begin in range(0, len(partitions), PARTITIONS):
        some = partitions[begin : begin + PARTITIONS]
        for one, found in zip(some, in_parallel(first, some), strict=True):
            while found:
                for item in found:
                    yield f"{one[1]}#{str(item['sk']).removeprefix(one[2])}", item
                full = len(found) >= ITEMS
                found = read(one, following(str(found[-1]["sk"]))) if full else []


def existing(wanted: Sequence[Key]) -> set[Key]:
    """Return the keys of the records that exist."""
    return {
        key
        for begin in range(0, len(wanted), ITEMS)
        for key in RECORDS.batch_get(wanted[begin : begin + ITEMS])
    }


def _batch(start: str, pk: str) -> list[str]:
    entries = RECORDS.query(pk, (start or LOWEST, HIGHEST), BATCH)
    return [str(entry["sk"]) for entry in entries]


def following(position: str) -> str:
    """Return the lower bound of all later sort keys: none consists of another one and a blank."""
    return position + LOWEST
