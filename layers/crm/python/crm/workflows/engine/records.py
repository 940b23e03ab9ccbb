"""Reads and writes of records by rules, through the services that requests use too.

So rules obey the same constraints as users: a deal moves under the rules of its pipeline, a
completed task gets its completion time, a team that a record is shared with exists.
"""

from collections.abc import Callable, Mapping
from typing import Any

from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.merge_patch import Patch
from crm.records.shared_record import SharedRecord
from crm.related.activities import service as activities
from crm.related.activities.service import Activity, ActivityWrite
from crm.related.documents import service as documents
from crm.related.documents.service import Document, DocumentReplace
from crm.sales.cases import service as cases
from crm.sales.cases.service import Case, CaseWrite
from crm.sales.deals import service as deals
from crm.sales.deals.service import Deal, DealWrite
from crm.sales.entities import service as entities
from crm.sales.entities.service import Entity, EntityWrite
from crm.sales.leads import service as leads
from crm.sales.leads.service import Lead, LeadWrite
from crm.tenancy.permissions import Caller

Patcher = Callable[[Transaction, Caller, Any, Mapping[str, Any]], SharedRecord]

CUSTOM = "custom_fields."


def find(organization_id: str, record_type: str, record_id: str) -> SharedRecord | None:
    """Return a record of a kind that rules support; None if it does not exist."""
    return read(KINDS[record_type], organization_id, record_id)


def change(
    transaction: Transaction, caller: Caller, record: SharedRecord, field: str, value: Any
) -> bool:
    """Set a field of a record.

    Args:
        transaction: the transaction for the write.
        caller: the user in whose name the rule acts.
        record: the record, as it was read.
        field: a field of its kind, or a custom field as `custom_fields.<name>`.
        value: None clears it.

    Returns:
        False if the field has this value already, and nothing is written.

    Raises:
        CRMError: A PATCH would be refused with this error.
    """
    if _value(record, field) == value:
        return False
    name = field.removeprefix(CUSTOM)
    changes = {"custom_fields": {name: value}} if name != field else {field: value}
    _PATCHERS[record.KIND](transaction, caller, record, changes)
    return True


def _value(record: SharedRecord, field: str) -> Any:
    if not field.startswith(CUSTOM):
        return getattr(record, field, None)
    typed = getattr(record, "custom_fields", {}).get(field.removeprefix(CUSTOM), {})
    return next(iter(typed.values()), None)


def _entity(
    transaction: Transaction, caller: Caller, old: Entity, changes: Mapping[str, Any]
) -> Entity:
    known = entities.definitions(caller)
    return entities.patch(transaction, caller, old, Patch(EntityWrite, dict(changes)), known)


def _deal(transaction: Transaction, caller: Caller, old: Deal, changes: Mapping[str, Any]) -> Deal:
    known = deals.definitions(caller)
    return deals.patch(transaction, caller, old, Patch(DealWrite, dict(changes)), known)


def _activity(
    transaction: Transaction, caller: Caller, old: Activity, changes: Mapping[str, Any]
) -> Activity:
    known = activities.definitions(caller)
    return activities.patch(transaction, caller, old, Patch(ActivityWrite, dict(changes)), known)


def _lead(transaction: Transaction, caller: Caller, old: Lead, changes: Mapping[str, Any]) -> Lead:
    known = leads.definitions(caller)
    return leads.patch(transaction, caller, old, Patch(LeadWrite, dict(changes)), known)


def _case(transaction: Transaction, caller: Caller, old: Case, changes: Mapping[str, Any]) -> Case:
    known = cases.definitions(caller)
    return cases.patch(transaction, caller, old, Patch(CaseWrite, dict(changes)), known)


def _document(
    transaction: Transaction, caller: Caller, old: Document, changes: Mapping[str, Any]
) -> Document:
    whole = Patch(DocumentReplace, dict(changes)).over(old)
    return documents.update(transaction, caller, old, whole)


_PATCHERS: Mapping[str, Patcher] = {
    Activity.KIND: _activity,
    Case.KIND: _case,
    Deal.KIND: _deal,
    Document.KIND: _document,
    Entity.KIND: _entity,
    Lead.KIND: _lead,
}

KINDS: Mapping[str, type[SharedRecord]] = {
    kind.KIND: kind for kind in (Activity, Case, Deal, Document, Entity, Lead)
}
"""The kinds of records that rules support."""
