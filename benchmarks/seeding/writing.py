"""What is stored of a record, in the shape that the layer gives it, written in batches.

Records and list entries are those of the transaction that would save each record; postings are
those of the text index, but only of the grams that the benchmark looks for: others lie in
partitions that no query of it reads.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from benchmarks.memory import AsStored
from benchmarks.seeding.texts import COMMON, RARE
from benchmarks.world import World
from crm.jobs import service as jobs
from crm.jobs.records import Job
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item, to_raw
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.transaction import Transaction
from crm.records.search.text import fold, grams_of_query, grams_of_text
from crm.sales.entities.schemas import Entity, EntityPart

BATCH = 25

SOUGHT = {gram for word in (RARE, COMMON) for gram in grams_of_query(word)}

Write = tuple[bool, Item]
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


def of_part(entity: Entity, part: EntityPart) -> Iterator[Write]:
    """All that is stored of a new part of an entity."""
    saved = Transaction()
    saved.save(part, None)
    for name, position in part.entity_lists().items():
        saved.put(keys.index_item(entity.organization_id, entity.KIND, name, position), {})
    yield from of_transaction(saved)


def of_job(job: Job) -> Iterator[Write]:
    """All that is stored of a new job."""
    saved = Transaction()
    jobs.stage(saved, job)
    for _, item in of_transaction(saved):
        yield True, item


def of_transaction(transaction: Transaction) -> Iterator[Write]:
    """All that a transaction puts."""
    for operation in transaction._operations:
        yield False, {**operation.key._asdict(), **(operation.written or {})["item"]}


def bookkept(key: Key, item: Item) -> Write:
    """An item of the bookkeeping."""
    return True, {**key._asdict(), **item}


def write(world: World, writes: Iterable[Write]) -> None:
    """Write all of it."""
    tables = world.stack.client("dynamodb")
    named = ((table, to_raw(item)) for table, item in placed(world, writes))
    while batch := list(islice(named, BATCH)):
        _write(tables, batch)


def stored(world: World) -> Iterator[tuple[str, Item]]:
    """All that the engine holds, with the tables that it belongs to."""
    tables = world.stack.client("dynamodb")
    for name in ("RecordsTable", "BookkeepingTable"):
        table = world.stack.outputs[name]
        for page in tables.get_paginator("scan").paginate(TableName=table):
            for item in page["Items"]:
                yield table, AsStored(item)


def placed(world: World, writes: Iterable[Write]) -> Iterator[tuple[str, Item]]:
    """Items, with the tables that they belong to."""
    records, bookkeeping = (world.stack.outputs[n] for n in ("RecordsTable", "BookkeepingTable"))
    function, _ = world.deployment.answering("GET /api/documents")
    with world.deployment.environment_of(function):
        for kept, item in writes:
            yield (bookkeeping if kept else records), item


def _write(tables: Any, batch: Iterable[tuple[str, Any]]) -> None:
    requests: dict[str, list[Any]] = {}
    for table, item in batch:
        requests.setdefault(table, []).append({"PutRequest": {"Item": item}})
    while requests:
        requests = tables.batch_write_item(RequestItems=requests)["UnprocessedItems"]
