"""Relationships between entities: one record each, readable and writable from both ends."""

from collections.abc import Iterable, Sequence
from typing import Any

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.parallel import guarded
from crm.platform.dynamodb.queries import read_many
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import NotFoundError, PermissionDeniedError, ValidationFailedError
from crm.records import repository as owned
from crm.records.custom_fields.definitions import Definitions
from crm.sales.entities import parts
from crm.sales.entities.schemas import (
    Entity,
    OtherEnd,
    Relationship,
    RelationshipAnswer,
    RelationshipWrite,
)
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller


def create(
    transaction: Transaction,
    caller: Caller,
    entity_id: str,
    relationship_id: str,
    body: RelationshipWrite,
    definitions: Definitions,
) -> tuple[Relationship, Entity]:
    """Relate an entity to another one; return the relationship and the other entity.

    Raises:
        NotFoundError: The organization has no such entity.
        PermissionDeniedError: The caller may not change the entity.
        ValidationFailedError: The other end is the entity itself or one that the caller cannot see,
            or the relationship ends before it starts.
        CustomFieldValidationError: The custom fields are invalid.
    The commit raises:
        DuplicateError: The two entities have such a relationship already.
    """
    entity, other = guarded(
        lambda: owned.find_to_change(Entity, caller, entity_id),
        lambda: _other_end(caller, entity_id, body),
    )
    new = Relationship.create(
        caller.organization_id,
        caller.user_id,
        id=relationship_id,
        entity_id=entity.id,
        from_entity=entity.id,
        **{**body.model_dump(), "custom_fields": definitions.create(body.custom_fields)},
    )
    save(transaction, new, None)
    parts.require_entity(transaction, entity.key)
    parts.require_entity(transaction, other.key)
    return new, other


def update(
    transaction: Transaction,
    caller: Caller,
    old: Relationship,
    body: RelationshipWrite,
    custom_fields: dict[str, Any],
) -> Relationship:
    """Change a relationship, from either end.

    Raises:
        ValidationFailedError: `to_entity` differs, or the relationship ends before it starts.
    The commit raises:
        DuplicateError: The two entities have such a relationship already.
    """
    if body.to_entity != old.to_entity:
        raise ValidationFailedError.of("to_entity", "cannot change")
    _require_sense(old.from_entity, body)
    new = old.changed(caller.user_id, **{**body.model_dump(), "custom_fields": custom_fields})
    save(transaction, new, old)
    return new


def delete(transaction: Transaction, old: Relationship) -> None:
    """Delete a relationship, at both ends."""
    for copy in (old, old.other_copy()):
        transaction.delete_record(copy)


def answers(
    caller: Caller, relationships: Sequence[Relationship], definitions: Definitions
) -> list[Answer]:
    """Return relationships as one of their ends shows them, each with the other end.

    Args:
        caller: the caller; the other end's name is returned only if they may see that entity.
        relationships: copies of one end.
        definitions: the custom fields of relationships.
    """
    ids = {one.other_id for one in relationships}
    others = read_many(Entity, caller.organization_id, ids)
    return [
        answer_with(caller, one, others[one.other_id], definitions)
        for one in relationships
        if one.other_id in others
    ]


def answer(caller: Caller, one: Relationship, definitions: Definitions) -> Answer:
    """Return a relationship as one of its ends shows it.

    Raises:
        NotFoundError: The other end has just been deleted, and the relationship with it.
    """
    found = answers(caller, [one], definitions)
    if not found:
        raise NotFoundError
    return found[0]


def answer_with(
    caller: Caller, one: Relationship, other: Entity, definitions: Definitions
) -> Answer:
    """Return a relationship as one of its ends shows it, with the other end already read."""
    name = other.name if permissions.may_see(caller, other) else None
    return RelationshipAnswer(
        **{
            **one.model_dump(),
            "custom_fields": definitions.answer(one.custom_fields),
            "other": OtherEnd(id=other.id, type=other.type, name=name),
        }
    ).answer()


def of_items(items: Iterable[Item]) -> list[Relationship]:
    return [Relationship.from_item(item) for item in items]


def save(transaction: Transaction, new: Relationship, old: Relationship | None) -> None:
    transaction.save(new, old)
    transaction.save(new.other_copy(), old.other_copy() if old else None)


def _other_end(caller: Caller, entity_id: str, body: RelationshipWrite) -> Entity:
    """Return the entity at the other end of a new relationship, if the body is consistent."""
    _require_sense(entity_id, body)
    try:
        return owned.find(Entity, caller, body.to_entity)
    except (NotFoundError, PermissionDeniedError) as error:
        raise ValidationFailedError.of("to_entity", "is no entity that you can see") from error


def _require_sense(from_entity: str, body: RelationshipWrite) -> None:
    if body.to_entity == from_entity:
        raise ValidationFailedError.of("to_entity", "cannot be the entity itself")
    if body.start_date and body.end_date and body.end_date < body.start_date:
        raise ValidationFailedError.of("end_date", "cannot be before start_date")
