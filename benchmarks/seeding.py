"""Organizations of many documents, written in batches, in the shape that the layer gives them.

Records and list entries are those of the transaction that would save each document; postings are
those of the text index, but only of the grams that the benchmark looks for: others lie in
partitions that no query of it reads.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from benchmarks.world import World
from crm.documents.schemas import Document
from crm.search.text import fold, grams_of_query, grams_of_text
from crm.store import keys
from crm.store.codec import RawItem, to_raw
from crm.store.transaction import Transaction

BATCH = 25
RARE, COMMON = "budget", "quarterly"
RARE_HITS = 10
COMMON_EVERY = 3
INACTIVE_EVERY = 20
SHARED_EVERY = 10
"""A member who has made nothing sees a tenth, through their teams."""

SOUGHT = {gram for word in (RARE, COMMON) for gram in grams_of_query(word)}

Write = tuple[str, RawItem]


def seed(world: World, size: int) -> None:
    """Give an organization so many documents."""
    tables = world.stack.client("dynamodb")
    records, bookkeeping = (world.stack.outputs[n] for n in ("RecordsTable", "BookkeepingTable"))
    writes = (
        (bookkeeping if is_posting else records, item)
        for document in _documents(world, size)
        for is_posting, item in _items(document)
    )
    function, _ = world.deployment.answering("GET /api/documents")
    with world.deployment.environment_of(function):
        while batch := list(islice(writes, BATCH)):
            _write(tables, batch)


def _documents(world: World, size: int) -> Iterator[Document]:
    makers = [user for user in world.people if user != world.member.user_id]
    for number in range(size):
        yield Document.create(
            world.organization_id,
            makers[number % len(makers)],
            title=_title(number, size),
            status="inactive" if number % INACTIVE_EVERY == INACTIVE_EVERY - 1 else "active",
            shared_with=_teams(world, number),
            upload_status="available",
            file_name="report.pdf",
            content_type="application/pdf",
            size=48_000,
            sha256="0" * 64,
            file_version=1,
            file_key=f"files/{world.organization_id}/{number:08d}",
        )


def _title(number: int, size: int) -> str:
    """A word that ten have however many there are, one that a third have, and a number."""
    rare = f"{RARE} " if number % (size // RARE_HITS) == 0 else ""
    kind = COMMON if number % COMMON_EVERY == 0 else "ordinary"
    return f"{rare}{kind} paper {number:06d}"


def _teams(world: World, number: int) -> list[str]:
    if number % SHARED_EVERY:
        return []
    return [world.teams[number // SHARED_EVERY % len(world.teams)]]


def _items(document: Document) -> Iterator[tuple[bool, RawItem]]:
    """All that is stored of a document, and whether each of it is a posting of the index."""
    saved = Transaction()
    saved.save(document, None)
    for operation in saved._operations:
        yield False, operation.arguments["Item"]
    text = fold(document.title)
    for gram in sorted(grams_of_text(text) & SOUGHT):
        key = keys.gram(document.organization_id, document.KIND, gram, document.id)
        yield True, to_raw({**key._asdict(), "text": text})


def _write(tables: Any, batch: Iterable[Write]) -> None:
    requests: dict[str, list[Any]] = {}
    for table, item in batch:
        requests.setdefault(table, []).append({"PutRequest": {"Item": item}})
    while requests:
        requests = tables.batch_write_item(RequestItems=requests)["UnprocessedItems"]
