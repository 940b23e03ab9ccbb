"""Entities together with all their parts: written by imports, and matched to existing ones."""

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
"""The parts of a whole entity by field name: their record, their body, and the grouping field."""

_CHANNELS: Mapping[str, Sequence[str]] = {
    "email": normalization.EMAIL_CHANNELS,
    **dict.fromkeys(normalization.PHONE_CHANNELS, normalization.PHONE_CHANNELS),
    **dict.fromkeys(normalization.URL_CHANNELS, normalization.URL_CHANNELS),
}
"""The channels whose values are compared with a contact point, by its channel."""

_IDENTIFIER_TYPES = frozenset(get_args(IdentifierType))


def add_parts(
    transaction: Transaction,
    caller: Caller,
    entity: Entity,
    fields: Mapping[str, Any],
    *,
    is_new: bool,
) -> None:
    """Add the parts that an entity lacks; the first part of a group becomes primary.

    Args:
        transaction: the transaction that creates or changes the entity.
        caller: the caller who writes the entity.
        entity: the entity in its new form.
        fields: bodies of parts, in the lists that `PART_FIELDS` names.
        is_new: True if the transaction creates the entity.

    Raises:
        ValidationFailedError: A part is invalid; errors are named by channel, type or kind.
    The commit raises the errors of the commit of `parts.create`.
    """
    for part in _missing(caller, entity, fields, [] if is_new else _present(entity)):
        if is_new:
            parts.save_with_entity(transaction, caller, part, part.group)
        else:
            parts.save(transaction, caller, part, None, part.group)


def match_lists(field: str, fields: Mapping[str, Any]) -> list[str] | None:
    """Return the index names of entities that match by a field; None if the field has no index.

    Args:
        field: a field of entities, a channel, a type of identifiers, or `identifier` for all.
        fields: the fields of an entity and its parts.
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
    """Yield the contact points of some channels in normal form; invalid ones match nothing."""
    for point in fields.get("contact_points", []):
        if point["channel"] in channels:
            try:
                yield normalization.of_channel(point["channel"], point["value"])
            except ValueError:
                continue


def _present(entity: Entity) -> list[PrimaryPart]:
    """Return the stored parts of an entity."""
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
    """Return a key that is equal for two identical parts of an entity."""
    if uniques := part.unique_constraints():
        return (part.KIND, *sorted(uniques.values()))
    own = part.model_dump(include=set(AddressWrite.model_fields) - {"is_primary"})
    return (part.KIND, *sorted(own.items(), key=str))
