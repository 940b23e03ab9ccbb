"""The merge of two entities into one.

The dependents of the other entity move first, each part in a transaction of its own. The last
transaction deletes the other entity and stores its id in this one. A merge that is interrupted
at any step is completed by a repetition; a repetition after the end finds nothing to do.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.dynamodb.parallel import ahead, all_of
from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import DuplicateError, ValidationFailedError
from crm.records import references, timeline_events
from crm.records import repository as owned
from crm.records.custom_fields.definitions import Definitions
from crm.records.registry import OWNED_KINDS, REFERRING_TYPES
from crm.related import cascade
from crm.sales.entities import deletion, parts, relationships
from crm.sales.entities.schemas import Entity, EntityPart, PrimaryPart, Relationship
from crm.tenancy.permissions import Caller

_GAPS = ("legal_name", "note")


def merge(
    transaction: Transaction, caller: Caller, into: Entity, other: Entity, known: Definitions
) -> Entity:
    """Move everything of another entity to this one, and delete the other.

    Args:
        transaction: the transaction of the request, for the last step.
        caller: the caller, who may change both.
        into: the entity that stays, and keeps its values.
        other: the entity that is deleted, and fills the gaps.
        known: the custom fields of entities.

    Raises:
        ValidationFailedError: Both are the same entity.
        CustomFieldValidationError: The custom fields of both are too large together.
    """
    if into.id == other.id:
        raise ValidationFailedError.of("from", "cannot be the entity itself")
    filled = _filled(into, other, known)
    if other.merging_into is None:
        other = _closed(caller, into, other)
    pointing_to = [
        (kind, ahead(partial(references.exists, kind, caller.organization_id, other.id)))
        for kind in map(OWNED_KINDS.__getitem__, REFERRING_TYPES)
    ]
    while items := deletion.parts_of(other.key):
        hanging = [part for item in items if (part := deletion.part_of(item)) is not None]
        if hanging:
            # No two parts have an item in common, before or after the move.
            all_of([partial(_move, caller, into, part) for part in hanging])
        else:
            _delete([Key(item["pk"], item["sk"]) for item in items])
    # The kinds move one after the other: each write checks that the entity exists, and concurrent
    # transactions with conditions on one item conflict.
    for kind, is_pointing in pointing_to:
        if is_pointing():
            references.retarget(kind, caller, other.id, into.id)
    cascade.transfer_all(caller, RecordRef(Entity.KIND, other.id), RecordRef(Entity.KIND, into.id))
    merged = into.changed(caller.user_id, **filled)
    transaction.save(merged, into)
    deletion.stage(transaction, other)
    timeline_events.add(
        transaction,
        caller.organization_id,
        RecordRef(Entity.KIND, into.id),
        "merge",
        caller.user_id,
        f"Merged with {other.name}",
        {"from": other.id},
    )
    return merged


def _closed(caller: Caller, into: Entity, other: Entity) -> Entity:
    """Close the other entity for additions, so that its deletion loses none.

    A merge that is never completed leaves it closed; any change of the entity itself reopens it.
    """
    closed = other.changed(caller.user_id, merging_into=into.id)
    transaction = Transaction()
    transaction.save(closed, other)
    transaction.commit()
    return closed


def _filled(into: Entity, other: Entity, known: Definitions) -> dict[str, Any]:
    """Return this entity's values, with gaps filled from the other."""
    gaps = {name: getattr(into, name) or getattr(other, name) for name in _GAPS}
    return {
        **gaps,
        "custom_fields": known.fill(into.custom_fields, other.custom_fields),
        "merged_from": [*into.merged_from, other.id],
    }


def _delete(left: Sequence[Key]) -> None:
    """Delete the items that moved parts left behind."""
    transaction = Transaction()
    for key in left:
        transaction.delete(key)
    transaction.commit()


def _move(caller: Caller, into: Entity, part: EntityPart) -> None:
    """Move a part to the entity that stays, or delete it if that entity has the same one."""
    transaction = Transaction()
    if isinstance(part, Relationship):
        _move_relationship(transaction, caller, into, part)
    elif isinstance(part, PrimaryPart):
        moved = part.changed(caller.user_id, entity_id=into.id)
        held = RECORDS.get(parts.pointer(moved)) if moved.is_primary else None
        if held is not None:
            moved = moved.model_copy(update={"is_primary": False})
        parts.save(transaction, caller, moved, part, primary=lambda _: None)
    try:
        transaction.commit()
    except DuplicateError:
        transaction = Transaction()
        deletion.delete_part(transaction, part)
        transaction.commit()


def _move_relationship(
    transaction: Transaction, caller: Caller, into: Entity, old: Relationship
) -> None:
    if old.other_id == into.id:
        deletion.delete_part(transaction, old)
        return
    end = "from_entity" if old.direction == "outgoing" else "to_entity"
    new = old.changed(caller.user_id, entity_id=into.id, **{end: into.id})
    relationships.save(transaction, new, old)


def find_both(caller: Caller, entity_id: str, other_id: str) -> tuple[Entity, Entity | None]:
    """Return the entity that stays, and the one to be merged into it; None if it was merged before.

    Raises:
        NotFoundError: The organization has no entity that could stay.
        PermissionDeniedError: The caller may not change one of them.
        ValidationFailedError: The organization has no such entity to be merged.
    """
    reading = ahead(lambda: read(Entity, caller.organization_id, other_id))
    into = owned.find_to_change(Entity, caller, entity_id)
    other = reading()
    if other is None:
        # If it was merged concurrently, the entity that stays holds its id by now.
        into = owned.find_to_change(Entity, caller, entity_id)
    if other_id in into.merged_from:
        return into, None
    if other is None:
        raise ValidationFailedError.of("from", "is no entity of this organization")
    return into, owned.require_changeable(caller, other)
