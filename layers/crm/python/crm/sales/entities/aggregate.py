"""Entities with all their parts at once: as imports bring them, and find them again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from crm.platform import ids
from crm.platform.dynamodb.keys import RECORD
from crm.platform.dynamodb.lists import HIGHEST
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import FieldError, ValidationFailedError
from crm.platform.fields import Input
from crm.platform.validation import validate
from crm.sales.entities import normalization, parts
from crm.sales.entities.parts import MAX_PARTS
from crm.sales.entities.schemas import (
    Address,
    AddressWrite,
    ContactPoint,
    ContactPointWrite,
    Entity,
    Identifier,
    IdentifierType,
    IdentifierWrite,
    PrimaryPart,
    contact_point_list,
    identifier_list,
    name_list,
)
from crm.tenancy.permissions import Caller

PART_FIELDS: Mapping[str, tuple[type[PrimaryPart], type[Input], str]] = {
    "contact_points": (ContactPoint, ContactPointWrite, "channel"),
    "identifiers": (Identifier, IdentifierWrite, "type"),
    "addresses": (Address, AddressWrite, "kind"),
}
"""Where parts stand in a whole entity: their record, their body, and what groups them."""

_CHANNELS: Mapping[str, Sequence[str]] = {
    "email": normalization.EMAIL_CHANNELS,
    **dict.fromkeys(normalization.PHONE_CHANNELS, normalization.PHONE_CHANNELS),
    **dict.fromkeys(normalization.URL_CHANNELS, normalization.URL_CHANNELS),
}
"""The channels that are compared with a contact point of a channel."""

_IDENTIFIER_TYPES = frozenset(get_args(IdentifierType))


def add_parts(
    transaction: Transaction,
    caller: Caller,
    entity: Entity,
    fields: Mapping[str, Any],
    *,
    is_new: bool,
) -> None:
    """Give an entity the parts that it does not have yet; the first of a group becomes primary.

    Args:
        transaction: the one that makes or changes the entity.
        caller: who does.
        entity: as it shall be.
        fields: bodies of parts, in the lists that `PART_FIELDS` names.
        is_new: the transaction makes it.

    Raises:
        ValidationFailedError: what cannot be accepted, named by its channel, type or kind.
    The commit raises what that of `parts.create` does.
    """
    for part in _missing(caller, entity, fields, [] if is_new else _present(entity)):
        if is_new:
            parts.save_with_entity(transaction, caller, part, part.group)
        else:
            parts.save(transaction, caller, part, None, part.group)


def match_lists(field: str, fields: Mapping[str, Any]) -> list[str] | None:
    """The lists of entities in which one like this is found by a field; None if none are kept.

    Args:
        field: a field of entities, a channel, a type of identifiers, or `identifier` for all.
        fields: of an entity and its parts.
    """
    if field == "name":
        return [name_list(str(fields["name"]))] if fields.get("name") else []
    if field in _CHANNELS:
        return [
            contact_point_list(channel, value)
            for value in _reached_by(fields, _CHANNELS[field])
            for channel in _CHANNELS[field]
        ]
    if field == "identifier" or field in _IDENTIFIER_TYPES:
        return [
            identifier_list(normalization.identifier(*_identifier(one))[1])
            for one in fields.get("identifiers", [])
            if field in {"identifier", one["type"]}
        ]
    return None


def _identifier(fields: Mapping[str, Any]) -> tuple[str, str | None, str]:
    return fields["type"], fields.get("country"), fields["value"]


def _reached_by(fields: Mapping[str, Any], channels: Sequence[str]) -> Iterator[str]:
    """The contact points of some channels, in normal form; one that has none matches nothing."""
    for point in fields.get("contact_points", []):
        if point["channel"] in channels:
            try:
                yield normalization.of_channel(point["channel"], point["value"])
            except ValueError:
                continue


def _present(entity: Entity) -> list[PrimaryPart]:
    """The parts that an entity has."""
    items = RECORDS.query(entity.key.pk, (RECORD, RECORD + HIGHEST), MAX_PARTS)
    return [
        model.from_item(item)
        for model, _, _ in PART_FIELDS.values()
        for item in parts.of_kind(items, model.KIND)
    ]


def _missing(
    caller: Caller, entity: Entity, fields: Mapping[str, Any], present: Sequence[PrimaryPart]
) -> Iterator[PrimaryPart]:
    known = {_likeness(part) for part in present}
    groups = {(part.KIND, part.group) for part in present}
    for name, (model, body, group) in PART_FIELDS.items():
        for one in fields.get(name, []):
            part = _made(caller, entity, model, body, str(one[group]), one)
            if _likeness(part) in known:
                continue
            first = (part.KIND, part.group) not in groups
            known.add(_likeness(part))
            groups.add((part.KIND, part.group))
            yield part.model_copy(update={"is_primary": first})


def _made(
    caller: Caller,
    entity: Entity,
    model: type[PrimaryPart],
    body: type[Input],
    named: str,
    fields: Mapping[str, Any],
) -> PrimaryPart:
    try:
        return parts.make(caller, entity, model, ids.new_id(), validate(body, fields))
    except ValidationFailedError as error:
        errors = [
            FieldError(named if one.field == "value" else f"{named}.{one.field}", one.message)
            for one in error.errors
        ]
        raise ValidationFailedError(error.detail, errors) from error


def _likeness(part: PrimaryPart) -> tuple[Any, ...]:
    """What makes two parts of an entity the same."""
    if uniques := part.unique_constraints():
        return (part.KIND, *sorted(uniques.values()))
    own = part.model_dump(include=set(AddressWrite.model_fields) - {"is_primary"})
    return (part.KIND, *sorted(own.items(), key=str))
