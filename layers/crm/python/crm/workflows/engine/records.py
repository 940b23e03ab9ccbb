"""Reads and writes of records by rules, through the services that requests use too.

So rules obey the same constraints as users: a deal moves under the rules of its pipeline, a
completed task gets its completion time, a team that a record is shared with exists.
"""

from typing import Any

from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.transaction import Transaction
from crm.records.record_service import SERVICES
from crm.records.registry import RECORD_KINDS
from crm.records.shared_record import SharedRecord
from crm.tenancy.permissions import Caller

CUSTOM = "custom_fields."


def find(organization_id: str, record_type: str, record_id: str) -> SharedRecord | None:
    """Return a record of a kind that rules support; None if it does not exist."""
    return read(RECORD_KINDS[record_type], organization_id, record_id)


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
    service = SERVICES[record.KIND]
    service.patch_fields(transaction, caller, record, changes, service.definitions(caller))
    return True


def _value(record: SharedRecord, field: str) -> Any:
    if not field.startswith(CUSTOM):
        return getattr(record, field, None)
    typed = getattr(record, "custom_fields", {}).get(field.removeprefix(CUSTOM), {})
    return next(iter(typed.values()), None)
