"""Restores child items and relationships of entities from an archive."""

from pynamodb.expressions.operand import Path

from crm.administration.archive.restorers import targets
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import ValidationFailedError
from crm.sales.entities import parts, relationships
from crm.sales.entities.schemas import Entity, PrimaryPart, Relationship


def restore_part(transaction: Transaction, part: PrimaryPart) -> None:
    """Write a child item, its entity's index items for it, and its primary pointer.

    The commit raises:
        DuplicateError: Another child item has the same value.
        ValidationFailedError: The entity does not exist, or the group has a primary child item.
    """
    transaction.save(part, None)
    for name, position in part.entity_lists().items():
        transaction.put(keys.index_item(part.organization_id, Entity.KIND, name, position), {})
    if part.is_primary:
        transaction.put(
            parts.pointer(part),
            {"part_id": part.id},
            Path("pk").does_not_exist(),
            lambda: ValidationFailedError.of("is_primary", "is true of another one"),
        )
    _require(transaction, part.organization_id, part.entity_id, "entity_id")


def restore_relationship(transaction: Transaction, one: Relationship) -> None:
    """Write a relationship, at both entities.

    The commit raises:
        DuplicateError: The entities already have such a relationship.
        ValidationFailedError: One of the entities does not exist.
    """
    relationships.save(transaction, one, None)
    _require(transaction, one.organization_id, one.from_entity, "from_entity")
    _require(transaction, one.organization_id, one.to_entity, "to_entity")


def _require(transaction: Transaction, organization_id: str, entity_id: str, field: str) -> None:
    targets.require(transaction, organization_id, RecordRef(Entity.KIND, entity_id), field)
