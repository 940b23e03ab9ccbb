"""Finds and deletes the records that describe a person in an organization."""

from collections.abc import Sequence

from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.lists import take
from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.dynamodb.transaction import Transaction
from crm.records import deletion_log
from crm.records.deletion_log import Line
from crm.records.history import service as history
from crm.records.owned_record import OwnedRecord
from crm.sales.entities import deletion
from crm.sales.entities.schemas import Entity
from crm.sales.leads.schemas import Lead

MODELS: dict[str, type[OwnedRecord]] = {Entity.KIND: Entity, Lead.KIND: Lead}


def find(organization_id: str, record_type: str, record_id: str) -> Sequence[RecordRef]:
    """Find all records of a person: the given one, and those that it has been merged with.

    Args:
        organization_id: the organization of the records.
        record_type: `entity` or `lead`.
        record_id: the id of an existing or deleted record.

    Returns:
        Kinds and ids; empty if there is no data of such a record.
    """
    if not _is_known(organization_id, record_type, record_id):
        return []
    if record_type != Entity.KIND:
        return [RecordRef(record_type, record_id)]
    found, waiting = [], [_survivor(organization_id, record_id)]
    while waiting:
        entity_id = waiting.pop()
        if entity_id not in found:
            found.append(entity_id)
            waiting += _merged_from(organization_id, entity_id)
    return [RecordRef(record_type, entity_id) for entity_id in found]


def delete(transaction: Transaction, organization_id: str, roots: Sequence[RecordRef]) -> int:
    """Stage the deletion of the records that exist, and the marks of all of them.

    Their dependents are left to the erasure.

    Returns:
        The number of records that exist.

    The commit raises:
        InUseError: Other records, such as deals, refer to a record.
        StaleReadError: A record was changed since it was read.
    """
    ended = 0
    for record_type, record_id in roots:
        record = read(MODELS[record_type], organization_id, record_id)
        if record is None:
            line = _line(organization_id, record_type, record_id)
        else:
            line = deletion_log.line_of(record)
            _delete(transaction, record)
            ended += 1
        marked = line.marked(is_root=True, awaited=record is not None)
        transaction.put(line.key, marked, table=SYSTEM)
    return ended


def _delete(transaction: Transaction, record: OwnedRecord) -> None:
    if isinstance(record, Entity):
        deletion.stage(transaction, record)
    else:
        transaction.delete_record(record)


def _line(organization_id: str, record_type: str, record_id: str) -> Line:
    found = deletion_log.find(organization_id, record_type, record_id)
    return found or deletion_log.blank(organization_id, record_type, record_id)


def _is_known(organization_id: str, record_type: str, record_id: str) -> bool:
    """Return whether a record exists, or has left data behind."""
    model = MODELS[record_type]
    return (
        read(model, organization_id, record_id) is not None
        or deletion_log.find(organization_id, record_type, record_id) is not None
        or bool(take(history.list_all(model, organization_id, record_id), 1).entries)
    )


def _survivor(organization_id: str, entity_id: str) -> str:
    """Return the entity that an entity was merged into, if the merge was completed; else itself."""
    line = deletion_log.find(organization_id, Entity.KIND, entity_id)
    while line is not None and (into := line.item.get("merging_into")):
        if entity_id not in _merged_from(organization_id, into):
            break
        entity_id, line = into, deletion_log.find(organization_id, Entity.KIND, into)
    return entity_id


def _merged_from(organization_id: str, entity_id: str) -> Sequence[str]:
    """Return the ids of the entities merged into an existing or deleted entity."""
    entity = read(Entity, organization_id, entity_id)
    if entity is not None:
        return entity.merged_from
    line = deletion_log.find(organization_id, Entity.KIND, entity_id)
    return line.item.get("merged_from", []) if line else []
