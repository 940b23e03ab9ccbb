"""What is stored of a record, written in batches, in the shape that the layer gives it.

Records and list entries are those of the transaction that would save each record; postings are
those of the text index, but only of the grams that the benchmark looks for: others lie in
partitions that no query of it reads.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from benchmarks.seeding.texts import COMMON, RARE
from benchmarks.world import World
from crm.search.text import fold, grams_of_query, grams_of_text
from crm.store import keys
from crm.store.codec import Item, RawItem, to_raw
from crm.store.keys import Key
from crm.store.records import Record
from crm.store.transaction import Transaction

BATCH = 25

SOUGHT = {gram for word in (RARE, COMMON) for gram in grams_of_query(word)}

Write = tuple[bool, RawItem]
"""An item, and whether it belongs to the bookkeeping."""


def of_record(record: Record) -> Iterator[Write]:
    """All that is stored of a new record."""
    saved = Transaction()
    saved.save(record, None)
    yield from of_transaction(saved)
    text = fold(record.searched_text() or "")
    for gram in sorted(grams_of_text(text) & SOUGHT):
        key = keys.gram(record.organization_id, record.KIND, gram, record.id)
        yield bookkept(key, {"text": text})


def of_transaction(transaction: Transaction) -> Iterator[Write]:
    """All that a transaction puts."""
    for operation in transaction._operations:
        yield False, operation.arguments["Item"]


def bookkept(key: Key, item: Item) -> Write:
    """An item of the bookkeeping."""
    return True, to_raw({**key._asdict(), **item})


def write(world: World, writes: Iterable[Write]) -> None:
    """Write all of it."""
    tables = world.stack.client("dynamodb")
    records, bookkeeping = (world.stack.outputs[n] for n in ("RecordsTable", "BookkeepingTable"))
    named = ((bookkeeping if kept else records, item) for kept, item in writes)
    function, _ = world.deployment.answering("GET /api/documents")
    with world.deployment.environment_of(function):
        while batch := list(islice(named, BATCH)):
            _write(tables, batch)


def _write(tables: Any, batch: Iterable[tuple[str, RawItem]]) -> None:
    requests: dict[str, list[Any]] = {}
    for table, item in batch:
        requests.setdefault(table, []).append({"PutRequest": {"Item": item}})
    while requests:
        requests = tables.batch_write_item(RequestItems=requests)["UnprocessedItems"]
