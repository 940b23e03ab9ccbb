"""Deletes the items of the system table about a record: derived data, and executions of rules."""

from collections import Counter

from crm.administration.erasure import derived_data
from crm.platform.dynamodb.keys import RecordRef
from crm.workflows.engine import execution_deletion


def delete(organization_id: str, kind: str, record_id: str) -> Counter[str]:
    """Delete the derived data and the executions of a record; safe to repeat.

    The record is deleted or about to be. Its files and its deletion log line are not deleted here.

    Args:
        organization_id: the organization of the record.
        kind: the kind of the record.
        record_id: the id of the record.

    Returns:
        The numbers of deleted `history` (versions), `executions` of rules, and their `deliveries`.
    """
    counts = derived_data.delete(organization_id, kind, record_id)
    counts.update(
        execution_deletion.delete(organization_id, RecordRef(kind, record_id), for_good=False)
    )
    return counts


def erase(organization_id: str, kind: str, record_id: str) -> None:
    """Delete these items of a record of a deleted organization; safe to repeat."""
    execution_deletion.delete(organization_id, RecordRef(kind, record_id), for_good=True)
    derived_data.erase(organization_id, kind, record_id)
