"""References to an entity: they are counted, and an entity with references cannot be deleted."""

from collections.abc import Callable

from crm.platform.dynamodb import keys, reference_counts
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import ReadBudget, take
from crm.platform.dynamodb.queries import record_list
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.platform.errors import ValidationFailedError
from crm.records import iteration
from crm.records import repository as owned
from crm.records.owned_record import OwnedRecord, entity_list
from crm.records.registry import PLURALS, REFERRING_TYPES
from crm.tenancy.permissions import Caller

ENTITY = "entity"

SECONDS = 8.0
"""Time limit of a merge for the records of one kind, per request."""


def entity_references(organization_id: str, entity_id: str, kind: str) -> Key:
    """Return the key of the count of a kind's references to an entity."""
    return keys.reference_count(organization_id, ENTITY, entity_id, kind)


class SoughtEntity:
    """The entity that a write may refer to, read in parallel to the next reads.

    Args:
        caller: the caller of the request.
        entity_id: the entity that the body names; None if it names none, and nothing is read yet.
    """

    def __init__(self, caller: Caller, entity_id: str | None) -> None:
        self._caller = caller
        self._entity_id = entity_id
        self._entity = owned.look_for(caller, ENTITY, entity_id) if entity_id else None

    def require(self, entity_id: str) -> None:
        """Require that the caller sees an entity, the one that is being read or another one.

        Raises:
            ValidationFailedError: The caller cannot see such an entity, or it does not exist.
        """
        if self._entity is not None and entity_id == self._entity_id:
            entity = self._entity()
        else:
            entity = owned.seen(self._caller, ENTITY, entity_id)
        if entity is None:
            raise _no_entity()


def count(
    transaction: Transaction,
    new: OwnedRecord,
    old: OwnedRecord | None,
    require: Callable[[str], None],
) -> None:
    """Count the references to entities that a write adds and removes.

    Args:
        transaction: the transaction of the write.
        new: the new version of the record.
        old: the version before; None if it is created.
        require: raises an error unless the caller may refer to an entity.

    The commit raises:
        ValidationFailedError: An added entity is deleted, or is being merged into another one.
    """
    before, after = old.references() if old else {}, new.references()
    for field, target in after.items():
        if before.get(field) != target:
            require(target.id)
            add(transaction, new.organization_id, target.id, new.KIND)
    for field, target in before.items():
        if after.get(field) != target:
            remove(transaction, new.organization_id, target.id, new.KIND)


def release(transaction: Transaction, record: OwnedRecord) -> None:
    """Count the references of a record less, in the transaction that deletes it."""
    for target in record.references().values():
        remove(transaction, record.organization_id, target.id, record.KIND)


def add(transaction: Transaction, organization_id: str, entity_id: str, kind: str) -> None:
    """Count one more reference to an entity, which must exist at the commit.

    Args:
        transaction: the transaction that writes the reference.
        organization_id: the organization's id.
        entity_id: the entity.
        kind: the kind of the referring record.

    The commit raises:
        ValidationFailedError: The entity is deleted, or is being merged into another one.
    """
    increment(transaction, organization_id, entity_id, kind)
    entity = keys.record(organization_id, ENTITY, entity_id)
    owned.require_standing(transaction, entity, _no_entity)


def increment(transaction: Transaction, organization_id: str, entity_id: str, kind: str) -> None:
    """Count one more reference, in a transaction that itself ensures that the entity exists."""
    reference_counts.increment(transaction, entity_references(organization_id, entity_id, kind))


def remove(transaction: Transaction, organization_id: str, entity_id: str, kind: str) -> None:
    """Count one reference to an entity less."""
    reference_counts.decrement(transaction, entity_references(organization_id, entity_id, kind))


def transfer(
    transaction: Transaction, organization_id: str, old_id: str, new_id: str, kind: str
) -> None:
    """Move the count of one reference to the entity into which the old one is being merged.

    The commit raises:
        StaleReadError: The new entity is deleted.
    """
    remove(transaction, organization_id, old_id, kind)
    increment(transaction, organization_id, new_id, kind)
    entity = keys.record(organization_id, ENTITY, new_id)
    owned.require_standing(transaction, entity, StaleReadError)


def delete_counts(transaction: Transaction, organization_id: str, entity_id: str) -> None:
    """Delete the counts of references to an entity, in the transaction that deletes it.

    The commit raises:
        InUseError: Records of a kind refer to the entity.
    """
    for kind in REFERRING_TYPES:
        detail = f"{PLURALS[kind].capitalize()} point to this entity."
        reference_counts.delete(
            transaction, entity_references(organization_id, entity_id, kind), detail
        )


def exists(kind: type[OwnedRecord], organization_id: str, entity_id: str) -> bool:
    """Return whether a record of a kind refers to an entity."""
    listed = record_list(kind, organization_id, entity_list(entity_id), ReadBudget())
    return bool(take(listed, 1).entries)


def retarget(kind: type[OwnedRecord], caller: Caller, old_id: str, new_id: str) -> None:
    """Change all references of a kind from one entity to another; safe to repeat.

    Args:
        kind: a kind whose records refer to entities.
        caller: the caller who merges the two entities.
        old_id: the entity that gets no new references.
        new_id: the other entity.

    Raises:
        StaleReadError: The other entity is deleted, or a record was changed since it was read.
        UnavailableError: There are more records than one request has time for; repeat it.
    """
    organization_id, listed = caller.organization_id, entity_list(old_id)
    for record in iteration.each(kind, organization_id, listed, SECONDS):
        if listed in record.index_entries():
            transaction = Transaction()
            transaction.save(record.changed(caller.user_id, entity_id=new_id), record)
            transfer(transaction, organization_id, old_id, new_id, kind.KIND)
            transaction.commit()


def _no_entity() -> ValidationFailedError:
    return ValidationFailedError.of("entity_id", "is no entity that you can see")
