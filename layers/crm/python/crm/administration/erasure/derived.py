"""What the projections keep of a record, and how it is forgotten."""

from collections import Counter

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import BOOKKEEPING
from crm.records.search import index

PAGE = 25
"""A row of a history may have hundreds of kilobytes."""


def forget(organization_id: str, kind: str, record_id: str) -> Counter[str]:
    """Delete history and postings of a record that is gone, or going; safe to repeat.

    What the sums know of it is numbers, and expires by itself.

    Returns:
        How many rows of `history` there were.
    """
    counts: Counter[str] = Counter()
    index.forget(kind, organization_id, record_id)
    pk = keys.history(organization_id, kind, record_id, 1).pk
    while rows := BOOKKEEPING.query(pk, (LOWEST, HIGHEST), PAGE):
        BOOKKEEPING.batch_write([], [Key(row["pk"], row["sk"]) for row in rows])
        counts["history"] += len(rows)
    return counts
