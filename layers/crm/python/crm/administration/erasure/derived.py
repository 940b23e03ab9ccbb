"""Deletes the projections of a record."""

from collections import Counter

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import SYSTEM
from crm.records.search import index

PAGE = 25
"""Rows of a history per batch: one may have hundreds of kilobytes."""


def forget(organization_id: str, kind: str, record_id: str) -> Counter[str]:
    """Delete the history and the postings of a deleted record; safe to repeat.

    The record may also be about to be deleted. Aggregates hold only numbers of it, which expire.

    Returns:
        The number of deleted rows, as `history`.
    """
    counts: Counter[str] = Counter()
    index.forget(kind, organization_id, record_id)
    pk = keys.history(organization_id, kind, record_id, 1).pk
    while rows := SYSTEM.query(pk, (LOWEST, HIGHEST), PAGE):
        SYSTEM.batch_write([], [Key(row["pk"], row["sk"]) for row in rows])
        counts["history"] += len(rows)
    return counts
