"""Erases the items of the system table about one record of a deleted organization."""

from crm.administration.erasure import projected
from crm.workflows.engine import execution_deletion


def erase(organization_id: str, kind: str, record_id: str) -> None:
    """Erase executions and projections of a record, deleted or about to be; safe to repeat."""
    execution_deletion.forget(organization_id, (kind, record_id), for_good=True)
    projected.erase(organization_id, kind, record_id)
