"""The deletion of an entity: it is deleted at once, and all its dependents with it.

No dependent of an entity can be reached without its record. So dependents that do not fit the
transaction that deletes the record are never partly visible. Further transactions delete them
before the response, or the stream does if the request was interrupted: each step leaves fewer.
"""

from collections.abc import Sequence
from contextlib import suppress

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import RECORD, Key
from crm.platform.dynamodb.lists import HIGHEST
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import MAX_OPERATIONS, Transaction, retry_on_conflict
from crm.platform.errors import UnavailableError
from crm.records import references
from crm.related import cascade
from crm.sales.entities import parts
from crm.sales.entities.schemas import (
    Address,
    ContactPoint,
    Entity,
    EntityPart,
    Identifier,
    Relationship,
)

BATCH = 100
OPERATIONS_PER_PART = 6
"""Maximum per part: the part, its unique constraint, its index item, its pointer; for a
relationship, both copies.
"""

_MODELS: dict[str, type[EntityPart]] = {
    keys.child_item(Key("", ""), model.KIND, "").sk: model
    for model in (Identifier, ContactPoint, Address, Relationship)
}


def delete(entity: Entity, parts_read: Sequence[Item]) -> None:
    """Delete an entity with all its parts, in one transaction if they fit.

    Args:
        entity: the entity as it was read.
        parts_read: a batch of its child items, as `parts_of` reads it.

    Raises:
        InUseError: Other records, such as deals, refer to the entity.
        StaleReadError: The entity was changed since it was read.
    """
    removal = Transaction()
    stage(removal, entity)
    _delete_some(removal, parts_read)
    removal.commit()
    # The entity is deleted even if the rest fails: the stream deletes what is left.
    with suppress(UnavailableError):
        delete_dependents(entity.organization_id, entity.id)


def stage(transaction: Transaction, entity: Entity) -> None:
    """Delete an entity itself.

    The commit raises:
        InUseError: Other records, such as deals, refer to the entity.
        StaleReadError: The entity was changed since it was read.
    """
    transaction.delete_record(entity)
    references.delete_counts(transaction, entity.organization_id, entity.id)


def delete_dependents(organization_id: str, entity_id: str) -> None:
    """Delete the remaining dependents of a deleted entity; safe to repeat, also concurrently.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted.
    """
    cascade.delete_dependents(organization_id, Entity.KIND, entity_id, _delete_parts)


def _delete_parts(entity: Key) -> None:
    """Delete the remaining parts of a deleted entity.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted.
    """

    def step() -> bool:
        items = parts_of(entity)
        transaction = Transaction()
        removed = _delete_some(transaction, items)
        transaction.commit()
        return not removed or len(items) == BATCH

    retry_on_conflict(step)


def parts_of(entity: Key) -> list[Item]:
    """Return a batch of an entity's child items."""
    return RECORDS.query(entity.pk, (RECORD + "!", RECORD + HIGHEST), BATCH)


def _delete_some(transaction: Transaction, items: Sequence[Item]) -> bool:
    """Delete as many parts as fit the transaction; return whether all of them do."""
    for item in items:
        if len(transaction) + OPERATIONS_PER_PART > MAX_OPERATIONS:
            return False
        part = part_of(item)
        if part is None:
            transaction.delete(Key(item["pk"], item["sk"]))
            continue
        delete_part(transaction, part)
    return True


def part_of(item: Item) -> EntityPart | None:
    """Return the part that an item stores; None for items about parts, such as primary pointers."""
    for prefix, model in _MODELS.items():
        if item["sk"].startswith(prefix):
            return model.from_item(item)
    return None


def delete_part(transaction: Transaction, part: EntityPart) -> None:
    """Delete a part, or both copies of a relationship; the primary pointer is a separate item."""
    copies = [part, part.other_copy()] if isinstance(part, Relationship) else [part]
    for copy in copies:
        parts.delete_with_entries(transaction, copy)
