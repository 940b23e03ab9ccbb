"""Identifiers, contact points and addresses: parts of an entity, one primary in each group."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, EntryList, ReadBudget
from crm.platform.dynamodb.parallel import ahead, guarded
from crm.platform.dynamodb.queries import child_items, partition, read
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.platform.errors import (
    ConflictError,
    DuplicateError,
    FieldError,
    NotFoundError,
    ValidationFailedError,
)
from crm.platform.fields import Input
from crm.platform.merge_patch import Patch
from crm.records import repository as owned
from crm.sales.entities import normalization
from crm.sales.entities.schemas import (
    Address,
    ContactPoint,
    ContactPointWrite,
    Entity,
    EntityPart,
    Identifier,
    PrimaryPart,
)
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

PRIMARY = "primary"

MAX_PARTS = 1000
"""Parts that are read per entity."""

AnyPart = TypeVar("AnyPart", bound=EntityPart)

Pointers = Callable[[Key], Item | None]
"""Returns the primary pointer item at a key; None if its group has no primary part."""


def find(model: type[AnyPart], caller: Caller, entity_id: str, part_id: str) -> AnyPart:
    """Return a part of an entity that the caller may see.

    Raises:
        NotFoundError: The organization has no such entity, or the entity has no such part.
        PermissionDeniedError: The caller may not see the entity.
    """
    _, part = guarded(
        lambda: owned.find(Entity, caller, entity_id),
        lambda: _read(model, caller, entity_id, part_id),
    )
    return part


def find_to_change(model: type[AnyPart], caller: Caller, entity_id: str, part_id: str) -> AnyPart:
    """Return a part of an entity that the caller may change.

    Raises:
        NotFoundError: The organization has no such entity, or the entity has no such part.
        PermissionDeniedError: The caller may not change the entity.
    """
    _, part = guarded(
        lambda: owned.find_to_change(Entity, caller, entity_id),
        lambda: _read(model, caller, entity_id, part_id),
    )
    return part


def list_all(model: type[EntityPart], caller: Caller, entity_id: str) -> EntryList:
    """List the parts of a kind, newest first."""
    pk, between = child_items(_entity_key(caller, entity_id), model.KIND)
    return partition(RECORDS, pk, ReadBudget(), between)


def pointers(
    model: type[PrimaryPart], caller: Caller, entity_id: str, body: Input | Patch[Input]
) -> Pointers:
    """Return a lookup of primary pointers, read ahead if the body may change the primary part.

    Args:
        model: the record class of the part.
        caller: the caller who sends the body.
        entity_id: the entity.
        body: the body of a part.
    """
    asked = (
        body.names("is_primary") if isinstance(body, Patch) else getattr(body, "is_primary", False)
    )
    if not asked:
        return RECORDS.get
    first = keys.child_item(_entity_key(caller, entity_id), PRIMARY, f"{model.KIND}#")
    reading = ahead(lambda: RECORDS.query(first.pk, (first.sk, first.sk + HIGHEST), MAX_PARTS))
    return lambda pointer: next((one for one in reading() if one["sk"] == pointer.sk), None)


def rows(model: type[EntityPart], items: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of `list_all`."""
    return [model.from_item(item).answer() for item in items]


def of_kind(items: Sequence[Item], kind: str) -> list[Item]:
    """Return those items of an entity's partition that are parts of a kind."""
    prefix = keys.child_item(Key("", ""), kind, "").sk
    return [item for item in items if item["sk"].startswith(prefix)]


def create(
    transaction: Transaction,
    caller: Caller,
    entity_id: str,
    model: type[PrimaryPart],
    part_id: str,
    body: Input,
) -> PrimaryPart:
    """Add a part to an entity.

    Raises:
        NotFoundError: The organization has no such entity.
        PermissionDeniedError: The caller may not change the entity.
        ValidationFailedError: The value of a contact point is invalid for its channel.
    The commit raises:
        DuplicateError: Another entity has this identifier, or this entity has the contact point.
    """
    primary = pointers(model, caller, entity_id, body)
    entity = owned.find_to_change(Entity, caller, entity_id)
    part = make(caller, entity, model, part_id, body)
    save(transaction, caller, part, None, primary=primary)
    require_entity(transaction, part.entity_key)
    return part


def make(
    caller: Caller, entity: Entity, model: type[PrimaryPart], part_id: str, body: Input
) -> PrimaryPart:
    """Return a new part of an entity, not yet written.

    Raises:
        ValidationFailedError: The value of a contact point is invalid for its channel.
    """
    return model.create(
        entity.organization_id,
        caller.user_id,
        id=part_id,
        entity_id=entity.id,
        **_normal(body),
    )


def update(
    transaction: Transaction, caller: Caller, old: PrimaryPart, body: Input, primary: Pointers
) -> PrimaryPart:
    """Replace a part.

    Args:
        transaction: the transaction of the request.
        caller: the caller who changes the part.
        old: the part as it was read.
        body: the new content.
        primary: the lookup of primary pointers.

    Raises:
        ValidationFailedError: The value of a contact point is invalid for its channel.
    The commit raises the errors of the commit of `create`.
    """
    new = old.changed(caller.user_id, **_normal(body))
    save(transaction, caller, new, old, primary=primary)
    require_entity(transaction, new.entity_key)
    return new


def delete(transaction: Transaction, old: PrimaryPart) -> None:
    """Delete a part of an entity."""
    delete_with_entries(transaction, old)
    if old.is_primary:
        transaction.delete(pointer(old), Path("part_id") == old.id)


def save(
    transaction: Transaction,
    caller: Caller,
    new: PrimaryPart,
    old: PrimaryPart | None,
    named: str = "value",
    primary: Pointers = RECORDS.get,
) -> None:
    """Write a part, its index items of the entity, and the primary pointer.

    Args:
        transaction: takes the writes.
        caller: the caller who writes the part.
        new: the part in its new form.
        old: the part as it was read; None if it is new.
        named: the name of its value in the request, for errors.
        primary: the lookup of primary pointers.
    """
    _save(transaction, caller, new, old, named)
    _save_primary(transaction, caller, new, old, primary)


def save_with_entity(
    transaction: Transaction, caller: Caller, new: PrimaryPart, named: str = "value"
) -> None:
    """Write a part of an entity that the same transaction creates: no other part can be primary."""
    _save(transaction, caller, new, None, named)
    if new.is_primary:
        transaction.put(pointer(new), {"part_id": new.id}, Path("pk").does_not_exist())


def delete_with_entries(transaction: Transaction, old: EntityPart) -> None:
    """Delete a part, and its index items of the entity."""
    transaction.delete_record(old)
    for name, position in old.entity_lists().items():
        transaction.delete(_entry(old, name, position))


def require_entity(transaction: Transaction, entity_key: Key) -> None:
    """Add the condition that an entity can still get parts when the transaction commits.

    The commit raises:
        NotFoundError: The entity is deleted.
        ConflictError: The entity is being merged into another one.
    """

    def refusal() -> Exception:
        if RECORDS.get(entity_key) is None:
            return NotFoundError()
        return ConflictError("The entity is being merged into another one.")

    owned.require_standing(transaction, entity_key, refusal)


def _read(model: type[AnyPart], caller: Caller, entity_id: str, part_id: str) -> AnyPart:
    item = RECORDS.get(keys.child_item(_entity_key(caller, entity_id), model.KIND, part_id))
    if item is None:
        raise NotFoundError
    return model.from_item(item)


def _entity_key(caller: Caller, entity_id: str) -> Key:
    return keys.record(caller.organization_id, Entity.KIND, entity_id)


def _normal(body: Input) -> dict[str, Any]:
    fields = body.model_dump()
    if isinstance(body, ContactPointWrite):
        try:
            fields["value"] = normalization.of_channel(body.channel, body.value)
        except ValueError as error:
            raise ValidationFailedError.of("value", str(error)) from error
    return fields


def _save(
    transaction: Transaction,
    caller: Caller,
    new: PrimaryPart,
    old: PrimaryPart | None,
    named: str,
) -> None:
    transaction.save(new, old, lambda field: _taken(caller, new, field, named))
    before, after = (old.entity_lists() if old else {}), new.entity_lists()
    for name, position in before.items() - after.items():
        transaction.delete(_entry(new, name, position))
    for name, position in after.items() - before.items():
        transaction.put(_entry(new, name, position), {})


def _save_primary(
    transaction: Transaction,
    caller: Caller,
    new: PrimaryPart,
    old: PrimaryPart | None,
    primary: Pointers,
) -> None:
    """Keep one primary part per group.

    The pointer names it. A write that makes another part primary has the condition that the pointer
    is as it was read, and clears the flag of the part named there: of two concurrent writes, one is
    retried.
    """
    was = pointer(old) if old is not None and old.is_primary else None
    becomes = pointer(new) if new.is_primary else None
    if was == becomes:
        return
    if was is not None:
        transaction.delete(was, Path("part_id") == new.id)
    if becomes is None:
        return
    held = primary(becomes)
    if held is None:
        transaction.put(becomes, {"part_id": new.id}, Path("pk").does_not_exist())
        return
    if held["part_id"] == new.id:
        raise StaleReadError
    transaction.put(becomes, {"part_id": new.id}, Path("part_id") == held["part_id"])
    item = RECORDS.get(keys.child_item(new.entity_key, new.KIND, held["part_id"]))
    if item is not None:
        other = type(new).from_item(item)
        transaction.save(other.changed(caller.user_id, is_primary=False), other)


def pointer(part: PrimaryPart) -> Key:
    """Return the key of the pointer to the primary part of a group."""
    return keys.child_item(part.entity_key, PRIMARY, f"{part.KIND}#{part.group}")


def _entry(part: EntityPart, name: str, position: str) -> Key:
    return keys.index_item(part.organization_id, Entity.KIND, name, position)


def _taken(caller: Caller, part: EntityPart, field: str, named: str) -> DuplicateError:
    """Return an error that names the entity with the same value, if the caller may see it."""
    guard = RECORDS.get(
        keys.unique_constraint(part.organization_id, part.KIND, part.unique_constraints()[field])
    )
    holder = read(Entity, part.organization_id, guard["entity_id"]) if guard else None
    if holder is not None and permissions.may_see(caller, holder):
        message = f"is taken by {holder.name} ({holder.id})"
    else:
        message = "is taken by another entity"
    return DuplicateError(f"{named} {message}.", [FieldError(named, message)])


PART_MODELS: tuple[type[PrimaryPart], ...] = (Identifier, ContactPoint, Address)
