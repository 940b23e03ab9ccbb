"""Entities, leads, cases, notifications and exports of a seeded organization."""

from collections.abc import Iterator, Sequence
from typing import Literal

from benchmarks.seeding.sharing import SHARED_EVERY, others, teams
from benchmarks.seeding.texts import title
from benchmarks.world import World
from crm.administration.exports.schemas import Export
from crm.platform import ids
from crm.sales.cases.schemas import Case
from crm.sales.entities.schemas import ContactPoint, Entity
from crm.sales.leads.schemas import Lead
from crm.tenancy.notifications.schemas import Notification
from crm.tenancy.permissions import Caller

TYPES: Sequence[Literal["contact", "organization", "account"]] = (
    "contact",
    "organization",
    "account",
)
LEAD_STATUSES: Sequence[Literal["assigned", "in_process", "recycled"]] = (
    "assigned",
    "in_process",
    "recycled",
)
CASE_STATUSES: Sequence[Literal["new", "pending", "closed"]] = ("new", "pending", "closed")

READ_EVERY = 3


def entities(world: World, size: int) -> Iterator[Entity]:
    """Entities of three types, of all but the member, who sees a tenth of them."""
    people = others(world)
    for number in range(size):
        yield Entity.create(
            world.organization_id,
            people[number % len(people)],
            type=TYPES[number % len(TYPES)],
            name=title(number, size),
            status="active",
            assigned_to=_owner(world, number),
            shared_with=teams(world, number),
        )


def address(number: int) -> str:
    """What an entity is reached by."""
    return f"someone-{number:06d}@example.com"


def contact_point(world: World, entity: Entity, number: int) -> ContactPoint:
    return ContactPoint.create(
        world.organization_id,
        entity.created_by,
        entity_id=entity.id,
        channel="email",
        value=address(number),
        is_primary=True,
    )


def leads(world: World, size: int) -> Iterator[Lead]:
    """Leads of three statuses, of all but the member, who sees a tenth of them."""
    people = others(world)
    for number in range(size):
        yield Lead.create(
            world.organization_id,
            people[number % len(people)],
            first_name="Grace",
            last_name=title(number, size),
            email=address(number),
            status=LEAD_STATUSES[number % len(LEAD_STATUSES)],
            assigned_to=_owner(world, number),
            shared_with=teams(world, number),
        )


def cases(world: World, size: int) -> Iterator[Case]:
    """Cases of one entity and of three statuses; the member sees a tenth of them."""
    people = others(world)
    for number in range(size):
        yield Case.create(
            world.organization_id,
            people[number % len(people)],
            name=title(number, size),
            status=CASE_STATUSES[number % len(CASE_STATUSES)],
            entity_id=world.busy_entity,
            assigned_to=_owner(world, number),
            shared_with=teams(world, number),
        )


def notifications(world: World, size: int) -> Iterator[Notification]:
    """What admin and member have been told, a third of it read."""
    for number in range(size):
        user_id = (world.admin, world.member)[number % 2].user_id
        yield Notification.create(
            world.organization_id,
            user_id,
            id=ids.new_id(),
            user_id=user_id,
            subject=f"Call back {number:06d}",
            body="Today.",
            is_read=number % READ_EVERY == 0,
        )


def exports(world: World, size: int) -> Iterator[Export]:
    """Exports of admin and member."""
    for number in range(size):
        user_id = (world.admin, world.member)[number % 2].user_id
        caller = Caller(user_id, world.organization_id, "member", frozenset())
        yield Export.create(caller, False, id=ids.new_id(), record_type="deal", format="csv")


def _owner(world: World, number: int) -> str:
    people = others(world)
    return world.member.user_id if number % SHARED_EVERY == 0 else people[number % len(people)]
