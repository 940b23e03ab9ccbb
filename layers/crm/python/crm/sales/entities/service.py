"""Create, find, change and delete entities."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import RECORD
from crm.platform.dynamodb.lists import HIGHEST, EntryList
from crm.platform.dynamodb.parallel import ahead, in_parallel
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import NotFoundError, PermissionDeniedError
from crm.records import record_lists
from crm.records import repository as owned
from crm.records.custom_fields import service as custom_fields
from crm.records.custom_fields.definitions import Definitions
from crm.records.owned_service import OwnedService
from crm.records.record_service import Fields
from crm.sales.entities import aggregate, normalization, parts, relationships
from crm.sales.entities.parts import MAX_PARTS
from crm.sales.entities.schemas import (
    Address,
    ContactPoint,
    Entity,
    EntityQuery,
    EntityWrite,
    Identifier,
    Relationship,
    contact_point_list,
    status_list,
)
from crm.tenancy.permissions import Caller

AT_ONCE = 25
"""Entities held in memory at once with their child items, of which each may have a thousand."""


def relationship_definitions(caller: Caller) -> Definitions:
    """Return the custom fields of relationships."""
    return custom_fields.definitions(caller.organization_id, Relationship.KIND)


class _Entities(OwnedService[Entity, EntityWrite, EntityQuery]):
    """The service of entities: exports and imports hold their child items too."""

    def fields(self, caller: Caller, body: EntityWrite, old: Entity | None) -> Fields:
        """Return the fields of a body; a change of an entity ends a merge that was interrupted."""
        return {**super().fields(caller, body, old), "merging_into": None}

    def delete(self, old: Entity, parts_read: Callable[[], Sequence[Item]] | None = None) -> None:
        """Delete an entity and its dependents. Raises the errors of `deletion.delete`.

        Args:
            old: the entity as it was read.
            parts_read: the result of `parts_ahead`, if the parts are being read.
        """
        # Most requests delete no entity, and the module imports the cascade.
        from crm.sales.entities import deletion

        deletion.delete(old, parts_read() if parts_read else deletion.parts_of(old.key))

    def search(self, caller: Caller, query: EntityQuery) -> EntryList:
        lists = record_lists.Lists(Entity, caller, [query.type] if query.type else None)
        operands = []
        if query.status:
            operands.append(lists.named([status_list(query.status)]))
        if query.contact_point:
            operands.append(lists.named(_contact_point_lists(query.contact_point)))
        return lists.narrowed(query, operands)

    def export_rows(
        self, caller: Caller, query: EntityQuery, entries: Sequence[Item]
    ) -> Iterator[Answer]:
        found = [row["id"] for row in self.rows(caller, query, entries)]
        for start in range(0, len(found), AT_ONCE):
            yield from details(caller, found[start : start + AT_ONCE])

    def create_of_row(
        self, transaction: Transaction, caller: Caller, row: Fields, known: Definitions
    ) -> Entity:
        entity = super().create_of_row(transaction, caller, _without_parts(row), known)
        aggregate.add_parts(transaction, caller, entity, row, is_new=True)
        return entity

    def patch_of_row(
        self,
        transaction: Transaction,
        caller: Caller,
        old: Entity,
        row: Fields,
        known: Definitions,
    ) -> Entity:
        entity = super().patch_of_row(transaction, caller, old, _without_parts(row), known)
        aggregate.add_parts(transaction, caller, entity, row, is_new=False)
        return entity

    def match_lists(self, field: str, row: Fields) -> Sequence[str] | None:
        return aggregate.match_lists(field, row)


ENTITIES = _Entities(Entity)


def parts_ahead(caller: Caller, entity_id: str) -> Callable[[], Sequence[Item]]:
    """Start reading the child items of an entity to be deleted, in parallel to the entity."""
    from crm.sales.entities import deletion

    whole = keys.record(caller.organization_id, Entity.KIND, entity_id)
    return ahead(lambda: deletion.parts_of(whole))


def detail(caller: Caller, entity_id: str) -> tuple[Entity, dict[str, Any]]:
    """Return an entity with its parts and relationships: one query, and one read of the other ends.

    Raises:
        NotFoundError: The organization has no such entity.
        PermissionDeniedError: The caller may not see the entity.
    """
    known = ENTITIES.definitions(caller)
    return _detail(caller, entity_id, known, lambda: relationship_definitions(caller))


def details(caller: Caller, entity_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Return entities with their parts and relationships, read concurrently.

    Entities that are deleted, or no longer visible to the caller, are left out.
    """
    known, of_relationships = ENTITIES.definitions(caller), relationship_definitions(caller)

    def read(entity_id: str) -> list[dict[str, Any]]:
        try:
            return [_detail(caller, entity_id, known, lambda: of_relationships)[1]]
        except (NotFoundError, PermissionDeniedError):
            return []

    return [one for found in in_parallel(read, entity_ids) for one in found]


def _detail(
    caller: Caller,
    entity_id: str,
    known: Definitions,
    of_relationships: Callable[[], Definitions],
) -> tuple[Entity, dict[str, Any]]:
    whole = keys.record(caller.organization_id, Entity.KIND, entity_id)
    items = RECORDS.query(whole.pk, (RECORD, RECORD + HIGHEST), MAX_PARTS)
    entity = owned.require_visible(
        caller, Entity.from_item(items[0]) if items and items[0]["sk"] == RECORD else None
    )

    def of(model: type[Identifier | ContactPoint | Address]) -> list[dict[str, Any]]:
        return parts.rows(model, parts.of_kind(items, model.KIND))

    related = relationships.of_items(parts.of_kind(items, Relationship.KIND))
    return entity, {
        **ENTITIES.answer(entity, known),
        "identifiers": of(Identifier),
        "contact_points": of(ContactPoint),
        "addresses": of(Address),
        "relationships": (
            relationships.answers(caller, related, of_relationships()) if related else []
        ),
    }


def _contact_point_lists(text: str) -> list[str]:
    return [
        contact_point_list(channel, value)
        for value, channels in normalization.lookups(text).items()
        for channel in channels
    ]


def _without_parts(row: Fields) -> Fields:
    return {name: value for name, value in row.items() if name not in aggregate.PART_FIELDS}
