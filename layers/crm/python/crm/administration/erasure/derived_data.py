"""Deletes the data that projections derive from a record: history, postings, aggregates."""

from collections import Counter

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import SYSTEM
from crm.records.search import index
from crm.sales.reports.aggregates.contributions import CONTRIBUTIONS

HISTORY_PAGE = 25
"""Rows of a history per batch: one may have hundreds of kilobytes."""

PAGE = 100


def delete(organization_id: str, kind: str, record_id: str) -> Counter[str]:
    """Delete the history and the postings of a deleted record; safe to repeat.

    The record may also be about to be deleted. Aggregates hold only numbers of it, which expire.

    Returns:
        The number of deleted rows, as `history`.
    """
    counts: Counter[str] = Counter()
    index.delete(kind, organization_id, record_id)
    pk = keys.history(organization_id, kind, record_id, 1).pk
    while rows := SYSTEM.query(pk, (LOWEST, HIGHEST), HISTORY_PAGE):
        SYSTEM.batch_write([], [Key(row["pk"], row["sk"]) for row in rows])
        counts["history"] += len(rows)
    return counts


def erase(organization_id: str, kind: str, record_id: str) -> None:
    """Delete all derived data of a record of a deleted organization; safe to repeat."""
    delete(organization_id, kind, record_id)
    SYSTEM.delete(keys.indexed(organization_id, kind, record_id))
    if kind in CONTRIBUTIONS:
        pk = keys.summed(organization_id, kind, record_id, "").pk
        while items := SYSTEM.query(pk, (LOWEST, HIGHEST), PAGE):
            SYSTEM.batch_write([], [Key(item["pk"], item["sk"]) for item in items])
