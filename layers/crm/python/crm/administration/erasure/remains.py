"""Deletes what a deleted record leaves behind: history, postings, executions of rules."""

from collections import Counter

from crm.administration.erasure import derived
from crm.workflows.engine import execution_deletion


def of_record(organization_id: str, kind: str, record_id: str) -> Counter[str]:
    """Delete the projections and executions of a record; safe to repeat.

    The record is deleted or about to be. Its files and its deletion log line are not deleted here.

    Args:
        organization_id: the organization of the record.
        kind: the kind of the record.
        record_id: the id of the record.

    Returns:
        The numbers of deleted `history` (versions), `executions` of rules, and their `deliveries`.
    """
    counts = derived.forget(organization_id, kind, record_id)
    counts.update(execution_deletion.forget(organization_id, (kind, record_id), for_good=False))
    return counts
