"""Making one entity of two.

What hangs on the other entity moves first, each part in a transaction of its own; then the other
goes, and this one remembers it, together. Cut off at any step, it is completed by repeating it;
repeated after its end, it finds itself done.
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
from crm.records.custom_fields.service import Definitions
from crm.related import cascade
from crm.sales.cases import service as cases
from crm.sales.deals import service as deals
from crm.sales.entities import deletion, parts, relationships
from crm.sales.entities.schemas import Entity, EntityPart, PrimaryPart, Relationship
from crm.tenancy.permissions import Caller

_GAPS = ("legal_name", "note")


def merge(
    transaction: Transaction, caller: Caller, into: Entity, other: Entity, known: Definitions
) -> Entity:
    """Move everything of another entity to this one, and delete the other.

    Args:
        transaction: the request's, for the last step.
        caller: may change both.
        into: the entity that stays, and keeps its values.
        other: the entity that goes, and fills the gaps.
        known: the custom fields of entities.

    Raises:
        ValidationFailedError: they are the same.
        CustomFieldValidationError: together, their custom fields are too large.
    """
    if into.id == other.id:
        raise ValidationFailedError.of("from", "cannot be the entity itself")
    filled = _filled(into, other, known)
    if other.merging_into is None:
        other = _closed(caller, into, other)
    pointing_to = [
        (kind, ahead(partial(references.exists, kind, caller.organization_id, other.id)))
        for kind in (deals.Deal, cases.Case)
    ]
    while items := deletion.parts_of(other.key):
        hanging = [part for item in items if (part := deletion.part_of(item)) is not None]
        if hanging:
            # No two of them have an item in common, before or after.
            all_of([partial(_move, caller, into, part) for part in hanging])
        else:
            _drop([Key(item["pk"], item["sk"]) for item in items])
    # One after the other: all demand that the entity stands, and would refuse each other.
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
    """Let nothing be added any more to the entity that goes, so that nothing goes with it.

    A merge that is never completed leaves it so; whatever changes the entity itself opens it.
    """
    closed = other.changed(caller.user_id, merging_into=into.id)
    transaction = Transaction()
    transaction.save(closed, other)
    transaction.commit()
    return closed


def _filled(into: Entity, other: Entity, known: Definitions) -> dict[str, Any]:
    """This one's values, its gaps filled from the other."""
    gaps = {name: getattr(into, name) or getattr(other, name) for name in _GAPS}
    return {
        **gaps,
        "custom_fields": known.fill(into.custom_fields, other.custom_fields),
        "merged_from": [*into.merged_from, other.id],
    }


def _drop(left: Sequence[Key]) -> None:
    """Delete what parts that have moved did not take along."""
    transaction = Transaction()
    for key in left:
        transaction.delete(key)
    transaction.commit()


def _move(caller: Caller, into: Entity, part: EntityPart) -> None:
    """Give a part to the entity that stays; one that it has already is dropped."""
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
        deletion.remove_part(transaction, part)
        transaction.commit()


def _move_relationship(
    transaction: Transaction, caller: Caller, into: Entity, old: Relationship
) -> None:
    if old.other_id == into.id:
        deletion.remove_part(transaction, old)
        return
    end = "from_entity" if old.direction == "outgoing" else "to_entity"
    new = old.changed(caller.user_id, entity_id=into.id, **{end: into.id})
    relationships.save(transaction, new, old)


def find_both(caller: Caller, entity_id: str, other_id: str) -> tuple[Entity, Entity | None]:
    """The entity that stays, and the one to be merged into it; None if that has been done.

    Raises:
        NotFoundError: there is no entity that could stay.
        PermissionDeniedError: one of them is not the caller's to change.
        ValidationFailedError: there is no such one to be merged.
    """
    reading = ahead(lambda: read(Entity, caller.organization_id, other_id))
    into = owned.find_to_change(Entity, caller, entity_id)
    other = reading()
    if other is None:
        # If it has been merged in between, the one that stays knows of it by now.
        into = owned.find_to_change(Entity, caller, entity_id)
    if other_id in into.merged_from:
        return into, None
    if other is None:
        raise ValidationFailedError.of("from", "is no entity of this organization")
    return into, owned.require_changeable(caller, other)
