"""All that bookkeeping holds about one record of an organization that is no more."""

from crm.administration.erasure import projected
from crm.workflows.engine import execution_deletion


def erase(organization_id: str, kind: str, record_id: str) -> None:
    """Erase what has been kept about a record, which is gone or going; safe to repeat."""
    execution_deletion.forget(organization_id, (kind, record_id), for_good=True)
    projected.erase(organization_id, kind, record_id)
