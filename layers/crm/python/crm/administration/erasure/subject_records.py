"""The records that a person is in an organization, and their end."""

from collections.abc import Sequence

from crm.platform.dynamodb.lists import take
from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.table import BOOKKEEPING
from crm.platform.dynamodb.transaction import Transaction
from crm.records import deletion_log
from crm.records.deletion_log import Line, Target
from crm.records.history import service as history
from crm.records.owned_record import OwnedRecord
from crm.sales.entities import deletion
from crm.sales.entities.schemas import Entity
from crm.sales.leads.schemas import Lead

MODELS: dict[str, type[OwnedRecord]] = {Entity.KIND: Entity, Lead.KIND: Lead}


def find(organization_id: str, record_type: str, record_id: str) -> Sequence[Target]:
    """All records that a person is: the one that is named, and those that it has been merged with.

    Args:
        organization_id: whose.
        record_type: `entity` or `lead`.
        record_id: of a record that is there, or was.

    Returns:
        Kinds and ids; none if nothing is known of such a record.
    """
    if not _is_known(organization_id, record_type, record_id):
        return []
    if record_type != Entity.KIND:
        return [(record_type, record_id)]
    found, waiting = [], [_survivor(organization_id, record_id)]
    while waiting:
        entity_id = waiting.pop()
        if entity_id not in found:
            found.append(entity_id)
            waiting += _merged_from(organization_id, entity_id)
    return [(record_type, entity_id) for entity_id in found]


def end(transaction: Transaction, organization_id: str, roots: Sequence[Target]) -> int:
    """Delete those of the records that are there, and mark all of them.

    What hangs on them is left to the erasure.

    Returns:
        How many were there.

    The commit raises:
        InUseError: deals or cases point to one.
        StaleReadError: somebody changed one meanwhile.
    """
    ended = 0
    for record_type, record_id in roots:
        record = read(MODELS[record_type], organization_id, record_id)
        if record is None:
            line = _line(organization_id, record_type, record_id)
        else:
            line = deletion_log.line_of(record)
            _remove(transaction, record)
            ended += 1
        marked = line.marked(is_root=True, awaited=record is not None)
        transaction.put(line.key, marked, table=BOOKKEEPING)
    return ended


def _remove(transaction: Transaction, record: OwnedRecord) -> None:
    if isinstance(record, Entity):
        deletion.stage(transaction, record)
    else:
        transaction.remove(record)


def _line(organization_id: str, record_type: str, record_id: str) -> Line:
    found = deletion_log.find(organization_id, record_type, record_id)
    return found or deletion_log.blank(organization_id, record_type, record_id)


def _is_known(organization_id: str, record_type: str, record_id: str) -> bool:
    """Whether a record is there, or has left anything behind."""
    model = MODELS[record_type]
    return (
        read(model, organization_id, record_id) is not None
        or deletion_log.find(organization_id, record_type, record_id) is not None
        or bool(take(history.list_all(model, organization_id, record_id), 1).entries)
    )


def _survivor(organization_id: str, entity_id: str) -> str:
    """The entity that an entity has been merged into, if that was completed; else itself."""
    line = deletion_log.find(organization_id, Entity.KIND, entity_id)
    while line is not None and (into := line.item.get("merging_into")):
        if entity_id not in _merged_from(organization_id, into):
            break
        entity_id, line = into, deletion_log.find(organization_id, Entity.KIND, into)
    return entity_id


def _merged_from(organization_id: str, entity_id: str) -> Sequence[str]:
    """What an entity has taken in, whether it is still there or not."""
    entity = read(Entity, organization_id, entity_id)
    if entity is not None:
        return entity.merged_from
    line = deletion_log.find(organization_id, Entity.KIND, entity_id)
    return line.item.get("merged_from", []) if line else []
