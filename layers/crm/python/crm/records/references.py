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


def look_for_entity(caller: Caller, entity_id: str) -> Callable[[], None]:
    """Start reading an entity, in parallel to the next reads. The returned function waits for it.

    It raises:
        ValidationFailedError: The caller may not see such an entity, or it does not exist.
    """
    entity = owned.look_for(caller, ENTITY, entity_id)

    def require() -> None:
        if entity() is None:
            raise _no_entity()

    return require


def require_entity(caller: Caller, entity_id: str) -> None:
    """Raises: ValidationFailedError: The caller cannot see such an entity, or it does not exist."""
    if owned.seen(caller, ENTITY, entity_id) is None:
        raise _no_entity()


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
