"""Everything of a kind, in an order that does not change: the oldest first, page by page.

A list is read from a position on, so a walk that is cut off goes on where it was. What others
write meanwhile is not waited for: what is made after a walk has begun is left out.
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
"""How many partitions are read at the same time: what they answer is held as a whole."""

ITEMS = 25
"""How many items of a partition are read at once: most have less."""

AnyRecord = TypeVar("AnyRecord", bound=Record)


def positions(
    organization_id: str, kind: str, names: Sequence[str], start: str
) -> Iterator[list[str]]:
    """The positions in at least one of several lists, a batch at a time.

    Several lists are each read twice: what moves from one to another meanwhile is in one of them.

    Args:
        organization_id: whose lists.
        kind: of their records.
        names: of the lists.
        start: the position to begin at; nothing for the first one.
    """
    pks = [keys.entry(organization_id, kind, name, LOWEST).pk for name in names]
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
    """The records of several lists, each with its position, after a position."""
    for batch in positions(organization_id, kind.KIND, names, following(after)):
        by_id = {record_id_of({"sk": position}): position for position in batch}
        for record_id, record in read_many(kind, organization_id, by_id).items():
            yield by_id[record_id], record


def items(
    table: Table, partitions: Sequence[tuple[str, str, str]], between: tuple[str, str], after: str
) -> Iterator[tuple[str, Item]]:
    """The items of several partitions, each with its place, one partition after the other.

    Args:
        table: that they are in.
        partitions: the partition key, what its places begin with, and what its sort keys begin
            with that is no part of a place.
        between: the lowest and highest sort key.
        after: the place to begin after.
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
    """Those of the records that exist."""
    return {
        key
        for begin in range(0, len(wanted), ITEMS)
        for key in RECORDS.batch_get(wanted[begin : begin + ITEMS])
    }


def _batch(start: str, pk: str) -> list[str]:
    entries = RECORDS.query(pk, (start or LOWEST, HIGHEST), BATCH)
    return [str(entry["sk"]) for entry in entries]


def following(position: str) -> str:
    """What no later position is below: none is made of another one and a blank."""
    return position + LOWEST
