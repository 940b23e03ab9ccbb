"""Parts of entities that come from an archive."""

from pynamodb.expressions.operand import Path

from crm.administration.archive.restorers import targets
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import ValidationFailedError
from crm.sales.entities import parts, relationships
from crm.sales.entities.schemas import Entity, PrimaryPart, Relationship


def restore_part(transaction: Transaction, part: PrimaryPart) -> None:
    """Write a part, the lists that its entity is in because of it, and that it is primary.

    The commit raises:
        DuplicateError: another one has its value.
        ValidationFailedError: there is no such entity, or its group has a primary one.
    """
    transaction.save(part, None)
    for name, position in part.entity_lists().items():
        transaction.put(keys.entry(part.organization_id, Entity.KIND, name, position), {})
    if part.is_primary:
        transaction.put(
            parts.pointer(part),
            {"part_id": part.id},
            Path("pk").does_not_exist(),
            lambda: ValidationFailedError.of("is_primary", "is true of another one"),
        )
    _require(transaction, part.organization_id, part.entity_id, "entity_id")


def restore_relationship(transaction: Transaction, one: Relationship) -> None:
    """Write a relationship, at both ends.

    The commit raises:
        DuplicateError: the two stand in such a relationship already.
        ValidationFailedError: one of them is not there.
    """
    relationships.save(transaction, one, None)
    _require(transaction, one.organization_id, one.from_entity, "from_entity")
    _require(transaction, one.organization_id, one.to_entity, "to_entity")


def _require(transaction: Transaction, organization_id: str, entity_id: str, field: str) -> None:
    targets.require(transaction, organization_id, (Entity.KIND, entity_id), field)
