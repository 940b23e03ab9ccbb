"""Entities created and related in the transaction of another record, such as a lead's conversion.

A transaction can contain each item only once. So the caller that creates entities here checks
owner and teams, and the existence of entities that are already stored, once for all.
"""

from collections.abc import Mapping

from crm.platform import ids
from crm.platform.dynamodb.lists import Intersection, take
from crm.platform.dynamodb.queries import read_many, record_ids_of
from crm.platform.dynamodb.transaction import Transaction
from crm.records import repository as owned
from crm.records.custom_fields.definitions import Definitions
from crm.records.owned_record import OwnedRecord
from crm.sales.entities import parts
from crm.sales.entities.relationships import save as save_relationship
from crm.sales.entities.schemas import (
    Channel,
    ContactPoint,
    Entity,
    EntityType,
    Relationship,
    name_list,
)
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

EMPLOYS, WORKS_AT = "employs", "works at"

MAX_NAMESAKES = 25
"""Accounts of the same name that are considered."""


def create_inline(
    transaction: Transaction,
    caller: Caller,
    entity_type: EntityType,
    name: str,
    like: OwnedRecord,
    known: Definitions,
    reached_by: Mapping[Channel, str] | None = None,
) -> Entity:
    """Create an entity in the transaction of another record.

    Args:
        transaction: checks the owner and the teams.
        caller: the caller who creates the entity.
        entity_type: the type of the entity.
        name: the name of the entity.
        like: the record whose owner and teams the entity gets.
        known: the custom fields of entities. They get their defaults.
        reached_by: its contact points in normal form, each the primary one of its channel.
    """
    entity = Entity.create(
        caller.organization_id,
        caller.user_id,
        type=entity_type,
        name=name,
        assigned_to=like.assigned_to,
        shared_with=like.shared_with,
        custom_fields=known.defaults(),
    )
    transaction.save(entity, None)
    for channel, value in (reached_by or {}).items():
        point = ContactPoint.create(
            caller.organization_id,
            caller.user_id,
            id=ids.new_id(),
            entity_id=entity.id,
            channel=channel,
            value=value,
            is_primary=True,
        )
        parts.save_with_entity(transaction, caller, point)
    return entity


def account_named(caller: Caller, name: str) -> Entity | None:
    """Return the oldest account with this folded name that the caller may change."""
    lists = owned.Lists(Entity, caller, ["account"])
    namesakes = Intersection([lists.named([name_list(name)]), lists.visible()])
    entries = take(namesakes, MAX_NAMESAKES).entries
    found = read_many(Entity, caller.organization_id, record_ids_of(entries)).values()
    usable = [
        one
        for one in found
        if permissions.may_change(caller, one)
        and one.merging_into is None
        and name_list(one.name) == name_list(name)
    ]
    return min(usable, key=lambda one: one.id, default=None)


def employ(
    transaction: Transaction,
    caller: Caller,
    account: Entity,
    contact: Entity,
    known: Definitions,
) -> None:
    """Relate a contact to their employer's account; the transaction checks that both exist.

    Args:
        transaction: creates both entities, or has the condition that they exist.
        caller: the caller who relates them.
        account: the employer.
        contact: the employee.
        known: the custom fields of relationships. They get their defaults.
    """
    relationship = Relationship.create(
        caller.organization_id,
        caller.user_id,
        entity_id=account.id,
        from_entity=account.id,
        to_entity=contact.id,
        relationship_type=EMPLOYS,
        inverse_type=WORKS_AT,
        custom_fields=known.defaults(),
    )
    save_relationship(transaction, relationship, None)
