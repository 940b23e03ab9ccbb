"""The end of an entity: it goes at once, and all that hangs on it with it.

Nothing of an entity can be reached without its record, so what does not fit the transaction that
deletes the record is never half-visible. It is deleted in further transactions before the
answer, and by the stream if the request was cut off: each step leaves less to do.
"""

import random
import time
from collections.abc import Sequence
from contextlib import suppress

from crm.entities import parts
from crm.entities.schemas import (
    Address,
    ContactPoint,
    Entity,
    EntityPart,
    Identifier,
    Relationship,
)
from crm.errors import UnavailableError
from crm.store import keys
from crm.store.codec import Item
from crm.store.keys import RECORD, Key
from crm.store.lists import HIGHEST
from crm.store.table import RECORDS
from crm.store.transaction import MAX_OPERATIONS, StaleReadError, Transaction

BATCH = 100
ATTEMPTS = 20
PAUSE = 0.02
OPERATIONS_PER_PART = 6
"""At most: the part, its guard, its entry, its pointer; for a relationship, both copies."""

_MODELS: dict[str, type[EntityPart]] = {
    keys.part(Key("", ""), model.KIND, "").sk: model
    for model in (Identifier, ContactPoint, Address, Relationship)
}


def delete(entity: Entity) -> None:
    """Delete an entity with all its parts, in one transaction if they fit.

    Raises:
        StaleReadError: somebody changed it meanwhile.
    """
    transaction = Transaction()
    transaction.remove(entity)
    _remove(transaction, parts_of(entity.key))
    transaction.commit()
    # The entity is gone, whatever becomes of the rest: the stream does what is not done here.
    with suppress(UnavailableError):
        sweep(entity.key)


def sweep(entity: Key) -> None:
    """Delete what is left of a deleted entity; safe to repeat, also while others are at it.

    Args:
        entity: the key that it had.

    Raises:
        UnavailableError: others were quicker each time.
    """
    refused = 0
    while items := parts_of(entity):
        transaction = Transaction()
        _remove(transaction, items)
        try:
            transaction.commit()
        except StaleReadError as error:
            refused += 1
            if refused == ATTEMPTS:
                raise UnavailableError("Others are deleting the same.") from error
            time.sleep(random.uniform(0, PAUSE * refused))  # noqa: S311


def parts_of(entity: Key) -> list[Item]:
    """What hangs on an entity, a batch of it."""
    return RECORDS.query(entity.pk, (RECORD + "!", RECORD + HIGHEST), BATCH)


def _remove(transaction: Transaction, items: Sequence[Item]) -> None:
    for item in items:
        if len(transaction) + OPERATIONS_PER_PART > MAX_OPERATIONS:
            return
        part = part_of(item)
        if part is None:
            transaction.delete(Key(item["pk"], item["sk"]))
            continue
        remove_part(transaction, part)


def part_of(item: Item) -> EntityPart | None:
    """The part that an item is; None for what only says something about parts."""
    for prefix, model in _MODELS.items():
        if item["sk"].startswith(prefix):
            return model.from_item(item)
    return None


def remove_part(transaction: Transaction, part: EntityPart) -> None:
    """Delete a part, of a relationship both copies; its pointer is a part of its own."""
    copies = [part, part.other_copy()] if isinstance(part, Relationship) else [part]
    for copy in copies:
        parts.remove(transaction, copy)
