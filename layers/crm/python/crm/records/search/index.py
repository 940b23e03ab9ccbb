"""The text index: postings of grams, written from the stream and read as lists.

The indexed text of a record is stored with the record's version. An older event changes nothing, a
repeated one writes the same again, so deliveries may be repeated or out of order. Postings are
written before the indexed text, so the next delivery completes the work of a worker that stops in
between.
"""

import time
from collections.abc import Sequence
from functools import partial

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList, Race, ReadBudget
from crm.platform.dynamodb.parallel import all_of
from crm.platform.dynamodb.queries import partition
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import BATCH_WRITE_LIMIT, SYSTEM
from crm.records.search.text import fold, grams_of_query, grams_of_text, matches

TOMBSTONE_SECONDS = 7 * 24 * 3600
"""Longer than a delivery of the stream can be late: DynamoDB keeps stream records for a day."""


def lists_of(
    kind: type[Record],
    organization_id: str,
    query: str,
    budget: ReadBudget,
    between: tuple[str, str],
) -> list[EntryList]:
    """Return the lists whose intersection holds a query's matches; empty for an empty query.

    Postings are read eventually consistent: the stream writes them, so they trail anyway.
    """
    folded = fold(query)

    def accept(posting: Item) -> bool:
        return matches(posting["text"], folded)

    lists = [
        partition(
            SYSTEM,
            keys.gram(organization_id, kind.KIND, gram, "").pk,
            budget,
            between,
            accept=accept,
            consistent=False,
        )
        for gram in sorted(grams_of_query(folded))
    ]
    return [Race(lists)] if len(lists) > 1 else list(lists)


def follow(old: Record | None, new: Record | None) -> None:
    """Update the index for a change of a record, if its kind is searched.

    A version with the same text as the one before it is skipped: among the versions that changed
    the text the last one decides, in any order of delivery.
    """
    record = new or old
    text = record.searched_text() if record else None
    if record is None or text is None or (old and new and old.searched_text() == text):
        return
    version = record.version if new else record.version + 1
    update(record.KIND, record.organization_id, record.id, version, text if new else None)


def update(kind: str, organization_id: str, record_id: str, version: int, text: str | None) -> None:
    """Index a version of a record.

    Args:
        kind: the record's kind.
        organization_id: its organization.
        record_id: its id.
        version: the version of the text; for a deleted record, its last version plus one.
        text: the text to index; None if the record is deleted.
    """
    key = keys.indexed(organization_id, kind, record_id)
    known = SYSTEM.get(key)
    if known is not None and known["version"] > version:
        return
    folded = fold(text) if text is not None else ""
    before = grams_of_text(known["text"]) if known else set()
    after = grams_of_text(folded)
    changed = known is None or known["text"] != folded

    def posting(gram: str) -> keys.Key:
        return keys.gram(organization_id, kind, gram, record_id)

    _write(
        [{**posting(gram)._asdict(), "text": folded} for gram in sorted(after)] if changed else [],
        [posting(gram) for gram in sorted(before - after)],
    )
    _remember(key, version, folded, gone=text is None)


def delete(kind: str, organization_id: str, record_id: str) -> bool:
    """Remove a deleted record from the index; safe to repeat.

    Returns:
        True if the index held a text of the record.
    """
    known = SYSTEM.get(keys.indexed(organization_id, kind, record_id))
    if known is None or not known["text"]:
        return False
    update(kind, organization_id, record_id, known["version"] + 1, None)
    return True


def _write(puts: Sequence[Item], deletes: Sequence[keys.Key]) -> None:
    """Write and delete postings, all batches in parallel."""
    size = BATCH_WRITE_LIMIT
    batches: list[tuple[Sequence[Item], Sequence[keys.Key]]] = [
        *((puts[start : start + size], []) for start in range(0, len(puts), size)),
        *(([], deletes[start : start + size]) for start in range(0, len(deletes), size)),
    ]
    if batches:
        all_of([partial(SYSTEM.batch_write, *batch) for batch in batches])


def _remember(key: keys.Key, version: int, folded: str, *, gone: bool) -> None:
    expires_on = int(time.time()) + TOMBSTONE_SECONDS if gone else None
    not_older = Path("pk").does_not_exist() | (Path("version") <= version)
    # If a newer version was indexed concurrently, its own event corrects or has corrected this.
    SYSTEM.put_if(not_older, key, {"version": version, "text": folded, "expires_on": expires_on})
