"""What stays behind when a record goes: its history, postings, what rules did because of it."""

from collections import Counter

from crm.administration.erasure import derived
from crm.workflows.engine import execution_deletion


def of_record(organization_id: str, kind: str, record_id: str) -> Counter[str]:
    """Delete what Brook has kept about a record, which is gone or going; safe to repeat.

    Files are not looked for here, nor the ledger's line.

    Args:
        organization_id: whose.
        kind: the record's.
        record_id: the record.

    Returns:
        How much there was: `history` (versions), `executions` of rules, `deliveries` of theirs.
    """
    counts = derived.forget(organization_id, kind, record_id)
    counts.update(execution_deletion.forget(organization_id, (kind, record_id), for_good=False))
    return counts
