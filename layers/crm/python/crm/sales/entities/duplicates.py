"""Possible duplicates of an entity."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Literal

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.lists import ReadBudget, Slice, take
from crm.platform.dynamodb.parallel import guarded, in_parallel, together
from crm.platform.dynamodb.queries import child_items, record_ids_of, record_list
from crm.platform.dynamodb.table import RECORDS
from crm.records import repository as owned
from crm.records.custom_fields.definitions import Definitions
from crm.sales.entities import normalization
from crm.sales.entities.parts import AnyPart
from crm.sales.entities.schemas import (
    ContactPoint,
    Entity,
    Identifier,
    contact_point_list,
    identifier_list,
    name_list,
)
from crm.sales.entities.service import ENTITIES
from crm.tenancy.permissions import Caller

Reason = Literal["email", "phone", "identifier", "name"]

MAX_HITS = 25
"""Entities considered per shared value."""

MAX_CLUES = 100
"""Identifiers, and contact points, that are compared per entity."""

MAX_DUPLICATES = 100
"""Duplicates per response."""

BATCH = 25
"""Entities per read: one entity may have hundreds of kilobytes."""


def find(caller: Caller, entity_id: str, known: Definitions) -> tuple[list[dict[str, Any]], bool]:
    """Return the entities that the caller may see and that share identifying values with this one.

    Returns:
        The likeliest `MAX_DUPLICATES`, sorted by number of reasons, with those that share only the
        name last; and whether there are no others.

    Raises:
        NotFoundError: The organization has no such entity.
        PermissionDeniedError: The caller may not see the entity.
    """
    entity, (identifiers, points) = guarded(
        lambda: owned.find(Entity, caller, entity_id),
        lambda: together(
            lambda: _parts(Identifier, caller, entity_id),
            lambda: _parts(ContactPoint, caller, entity_id),
        ),
    )
    clues = list(_clues(entity, identifiers, points))
    hits = in_parallel(lambda clue: _holders(caller, clue[1]), clues)
    reasons = _reasons([reason for reason, _ in clues], hits)
    reasons.pop(entity.id, None)

    def likeliest(one: str) -> tuple[int, bool, str]:
        return -len(reasons[one]), reasons[one] == ["name"], one

    found = list(islice(_visible(caller, sorted(reasons, key=likeliest)), MAX_DUPLICATES + 1))
    rows = [
        {"entity": ENTITIES.answer(one, known), "reasons": reasons[one.id]}
        for one in found[:MAX_DUPLICATES]
    ]
    are_all = len(found) <= MAX_DUPLICATES and max(len(identifiers), len(points)) < MAX_CLUES
    return rows, are_all and all(holders.next_position is None for holders in hits)


def _reasons(given: Sequence[Reason], hits: Sequence[Slice]) -> dict[str, list[Reason]]:
    """Return the reasons why each entity may be a duplicate, by its id, without repetition."""
    reasons: dict[str, list[Reason]] = {}
    for reason, holders in zip(given, hits, strict=True):
        for holder_id in record_ids_of(holders.entries):
            known = reasons.setdefault(holder_id, [])
            if reason not in known:
                known.append(reason)
    return reasons


def _clues(
    entity: Entity, identifiers: Iterable[Identifier], points: Iterable[ContactPoint]
) -> Iterable[tuple[Reason, str]]:
    """Yield reasons for a duplicate, each with the index name of the entities that match."""
    for one in identifiers:
        yield "identifier", identifier_list(one.normal[1])
    for point in points:
        if point.channel in normalization.EMAIL_CHANNELS:
            yield "email", contact_point_list(point.channel, point.value)
        elif point.channel in normalization.PHONE_CHANNELS:
            for channel in normalization.PHONE_CHANNELS:
                yield "phone", contact_point_list(channel, point.value)
    yield "name", name_list(entity.name)


def _parts(model: type[AnyPart], caller: Caller, entity_id: str) -> Sequence[AnyPart]:
    pk, between = child_items(
        keys.record(caller.organization_id, Entity.KIND, entity_id), model.KIND
    )
    return [model.from_item(item) for item in RECORDS.query(pk, between, MAX_CLUES)]


def _holders(caller: Caller, name: str) -> Slice:
    return take(record_list(Entity, caller.organization_id, name, ReadBudget()), MAX_HITS)


def _visible(caller: Caller, entity_ids: Sequence[str]) -> Iterator[Entity]:
    for start in range(0, len(entity_ids), BATCH):
        yield from owned.visible(Entity, caller, entity_ids[start : start + BATCH])
