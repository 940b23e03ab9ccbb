"""Entities: making, finding, changing and deleting them."""

from collections.abc import Sequence
from typing import Any

from crm.access import Caller
from crm.custom_fields import service as custom_fields
from crm.custom_fields.service import Definitions
from crm.entities import normal_forms, parts, relationships
from crm.entities.arriving import account_named as account_named
from crm.entities.arriving import arrive as arrive
from crm.entities.arriving import employ as employ
from crm.entities.normal_forms import phone as phone
from crm.entities.parts import require_entity as require_entity
from crm.entities.schemas import (
    Address,
    ContactPoint,
    EntityQuery,
    Identifier,
    Relationship,
    contact_point_list,
    status_list,
)
from crm.entities.schemas import Channel as Channel
from crm.entities.schemas import Entity as Entity
from crm.entities.schemas import EntityWrite as EntityWrite
from crm.owned import service as owned
from crm.patch import Patch
from crm.search import index
from crm.search.text import fold, matches
from crm.store import keys
from crm.store.codec import Item
from crm.store.keys import RECORD
from crm.store.lists import HIGHEST, LOWEST, EntryList, Intersection
from crm.store.table import RECORDS
from crm.store.transaction import Transaction

MAX_PARTS = 1000
"""How many parts the detail of an entity shows."""


def definitions(caller: Caller) -> Definitions:
    """The custom fields of entities."""
    return custom_fields.definitions(caller.organization_id, Entity.KIND)


def relationship_definitions(caller: Caller) -> Definitions:
    """The custom fields of relationships."""
    return custom_fields.definitions(caller.organization_id, Relationship.KIND)


def create(
    transaction: Transaction,
    caller: Caller,
    entity_id: str,
    body: EntityWrite,
    known: Definitions,
) -> Entity:
    """Make an entity, the caller's own unless it says whose.

    Raises:
        CustomFieldValidationError: its custom fields.
    The commit raises:
        ValidationFailedError: the owner is no active member, or a team is unknown.
    """
    entity = Entity.create(
        caller.organization_id,
        caller.user_id,
        **{
            **body.model_dump(),
            "id": entity_id,
            "assigned_to": body.assigned_to or caller.user_id,
            "custom_fields": known.create(body.custom_fields),
        },
    )
    owned.save(transaction, caller, entity, None)
    return entity


def update(
    transaction: Transaction,
    caller: Caller,
    old: Entity,
    body: EntityWrite,
    custom: dict[str, Any],
) -> Entity:
    """Change an entity as a whole.

    Args:
        transaction: the request's.
        caller: who changes it.
        old: the entity as it was read.
        body: what it shall be.
        custom: its custom fields as they shall be stored.
    """
    new = old.changed(
        caller.user_id,
        **{
            **body.model_dump(),
            "assigned_to": body.assigned_to or old.created_by,
            "custom_fields": custom,
            "merging_into": None,
        },
    )
    owned.save(transaction, caller, new, old)
    return new


def patch(
    transaction: Transaction,
    caller: Caller,
    old: Entity,
    changes: Patch[EntityWrite],
    known: Definitions,
) -> Entity:
    """Change an entity in part. Raises what `update` raises, and for its custom fields."""
    custom = known.patch(changes.changes("custom_fields"), old.custom_fields)
    return update(transaction, caller, old, changes.over(old), custom)


def search(caller: Caller, query: EntityQuery) -> EntryList:
    """The entities that a caller may see by name, narrowed by filters."""
    lists = owned.Lists(Entity, caller, [query.type] if query.type else None)
    operands: list[EntryList] = []
    if query.assigned_to:
        operands.append(lists.assigned_to(query.assigned_to))
    if query.status:
        operands.append(lists.named([status_list(query.status)]))
    if query.contact_point:
        operands.append(lists.named(_contact_point_lists(query.contact_point)))
    operands += index.lists_of(
        Entity, caller.organization_id, query.name or "", lists.allowance, (LOWEST, HIGHEST)
    )
    if not operands or query.type or not caller.is_admin:
        operands.append(lists.visible())
    return operands[0] if len(operands) == 1 else Intersection(operands)


def rows(caller: Caller, query: EntityQuery, entries: Sequence[Item]) -> list[dict[str, Any]]:
    """The rows of a page of `search`; what no longer belongs on it is left out."""
    known = definitions(caller)
    sought = fold(query.name or "")
    return [
        answer(entity, known)
        for entity in owned.visible_rows(Entity, caller, entries)
        if matches(fold(entity.name), sought)
    ]


def answer(entity: Entity, known: Definitions) -> dict[str, Any]:
    """An entity as lists and writes answer it."""
    return {**entity.answer(), "custom_fields": known.answer(entity.custom_fields)}


def detail(caller: Caller, entity_id: str) -> tuple[Entity, dict[str, Any]]:
    """An entity with all that hangs on it: one query, and one read of the other ends.

    Raises:
        NotFoundError: the organization has no such entity.
        PermissionDeniedError: it is not the caller's to see.
    """
    whole = keys.record(caller.organization_id, Entity.KIND, entity_id)
    items = RECORDS.query(whole.pk, (RECORD, RECORD + HIGHEST), MAX_PARTS)
    entity = owned.require_visible(
        caller, Entity.from_item(items[0]) if items and items[0]["sk"] == RECORD else None
    )

    def of(model: type[Identifier | ContactPoint | Address]) -> list[dict[str, Any]]:
        return parts.rows(model, _parts(items, model.KIND))

    related = relationships.of_items(_parts(items, Relationship.KIND))
    return entity, {
        **answer(entity, definitions(caller)),
        "identifiers": of(Identifier),
        "contact_points": of(ContactPoint),
        "addresses": of(Address),
        "relationships": (
            relationships.answers(caller, related, relationship_definitions(caller))
            if related
            else []
        ),
    }


def _parts(items: Sequence[Item], kind: str) -> list[Item]:
    prefix = keys.part(keys.Key("", ""), kind, "").sk
    return [item for item in items if item["sk"].startswith(prefix)]


def _contact_point_lists(text: str) -> list[str]:
    return [
        contact_point_list(channel, value)
        for value, channels in normal_forms.lookups(text).items()
        for channel in channels
    ]
