"""Records that point to an entity: they are counted, and while there are any it cannot go."""

from collections.abc import Callable

from crm.platform.dynamodb import keys, reference_counts
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import Allowance, take
from crm.platform.dynamodb.queries import record_list
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.platform.errors import ValidationFailedError
from crm.records import iteration
from crm.records import repository as owned
from crm.records.owned_record import OwnedRecord, entity_list
from crm.tenancy.permissions import Caller

ENTITY = "entity"

SECONDS = 8.0
"""How long a merge has time for the records of one kind, in one request."""


def entity_uses(organization_id: str, entity_id: str, kind: str) -> Key:
    """Where the records of a kind that point to an entity are counted."""
    return keys.uses(organization_id, ENTITY, entity_id, kind)


def look_for_entity(caller: Caller, entity_id: str) -> Callable[[], None]:
    """Begin to look for an entity, beside whatever is read next. What comes back waits for it.

    It raises:
        ValidationFailedError: it is no entity that the caller may see.
    """
    entity = owned.look_for(caller, ENTITY, entity_id)

    def require() -> None:
        if entity() is None:
            raise _no_entity()

    return require


def require_entity(caller: Caller, entity_id: str) -> None:
    """Raises: ValidationFailedError: it is no entity that the caller may see."""
    if owned.seen(caller, ENTITY, entity_id) is None:
        raise _no_entity()


def point(transaction: Transaction, organization_id: str, entity_id: str, kind: str) -> None:
    """Count one more record among those that point to an entity, which must still be there.

    Args:
        transaction: the one that makes it point.
        organization_id: whose.
        entity_id: the entity.
        kind: the record's.

    The commit raises:
        ValidationFailedError: the entity has gone, or is being merged into another one.
    """
    count(transaction, organization_id, entity_id, kind)
    entity = keys.record(organization_id, ENTITY, entity_id)
    owned.require_standing(transaction, entity, _no_entity)


def count(transaction: Transaction, organization_id: str, entity_id: str, kind: str) -> None:
    """Count one more record, where the transaction itself sees to it that the entity stands."""
    reference_counts.add(transaction, entity_uses(organization_id, entity_id, kind))


def part(transaction: Transaction, organization_id: str, entity_id: str, kind: str) -> None:
    """Count one record less among those that point to an entity."""
    reference_counts.take(transaction, entity_uses(organization_id, entity_id, kind))


def pass_on(
    transaction: Transaction, organization_id: str, old_id: str, new_id: str, kind: str
) -> None:
    """Count a record with another entity than before, into which the old one is being merged.

    The commit raises:
        StaleReadError: the other one has gone.
    """
    part(transaction, organization_id, old_id, kind)
    count(transaction, organization_id, new_id, kind)
    entity = keys.record(organization_id, ENTITY, new_id)
    owned.require_standing(transaction, entity, StaleReadError)


def is_pointed_to(kind: type[OwnedRecord], organization_id: str, entity_id: str) -> bool:
    """Whether a record of a kind points to an entity."""
    listed = record_list(kind, organization_id, entity_list(entity_id), Allowance())
    return bool(take(listed, 1).entries)


def retarget(kind: type[OwnedRecord], caller: Caller, old_id: str, new_id: str) -> None:
    """Make all records of a kind that point to an entity point to another one; safe to repeat.

    Args:
        kind: one whose records point to entities.
        caller: who merges the two.
        old_id: the entity that nothing comes to point to any more.
        new_id: the other one.

    Raises:
        StaleReadError: the other one has gone, or a record was changed meanwhile.
        UnavailableError: there are more records than one request has time for; repeat it.
    """
    organization_id, listed = caller.organization_id, entity_list(old_id)
    for record in iteration.each(kind, organization_id, listed, SECONDS):
        if listed in record.lists():
            transaction = Transaction()
            transaction.save(record.changed(caller.user_id, entity_id=new_id), record)
            pass_on(transaction, organization_id, old_id, new_id, kind.KIND)
            transaction.commit()


def _no_entity() -> ValidationFailedError:
    return ValidationFailedError.of("entity_id", "is no entity that you can see")
