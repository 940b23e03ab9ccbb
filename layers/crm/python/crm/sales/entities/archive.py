"""Lines of entities and their child items in archives, and what is restored with them."""

from typing import Annotated, Any

from pydantic import Field
from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import ValidationFailedError
from crm.platform.fields import Id, Ids
from crm.records.archive.lines import CustomFields, OwnedLine, RecordLine
from crm.records.archive.section import OwnedSection, require
from crm.sales.entities import normalization, parts, relationships
from crm.sales.entities.schemas import (
    Address,
    AddressWrite,
    ContactPoint,
    ContactPointWrite,
    Entity,
    EntityWrite,
    Identifier,
    IdentifierWrite,
    PrimaryPart,
    Relationship,
    RelationshipWrite,
)


class EntityLine(OwnedLine, EntityWrite):  # type: ignore[misc]
    """An entity."""

    RECORD = Entity

    merged_from: Annotated[Ids, Field(max_length=5000)] = []
    merging_into: Id | None = None


class PartLine(RecordLine):
    """A child item of an entity."""

    entity_id: Id

    @property
    def place(self) -> str:
        return f"{self.entity_id}#{self.id}"


class IdentifierLine(PartLine, IdentifierWrite):
    """An identifier."""

    RECORD = Identifier


class ContactPointLine(PartLine, ContactPointWrite):
    """A contact point."""

    RECORD = ContactPoint

    def fields(self, organization_id: str) -> dict[str, Any]:
        try:
            value = normalization.of_channel(self.channel, self.value)
        except ValueError as error:
            raise ValidationFailedError.of("value", str(error)) from error
        return {**super().fields(organization_id), "value": value}


class AddressLine(PartLine, AddressWrite):
    """An address."""

    RECORD = Address


class RelationshipLine(RecordLine, RelationshipWrite):
    """A relationship, as stored at its source entity."""

    RECORD = Relationship

    from_entity: Id
    custom_fields: CustomFields = {}

    @property
    def place(self) -> str:
        return f"{self.from_entity}#{self.id}"

    def fields(self, organization_id: str) -> dict[str, Any]:
        if self.from_entity == self.to_entity:
            raise ValidationFailedError.of("to_entity", "cannot be the entity itself")
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise ValidationFailedError.of("end_date", "cannot be before start_date")
        return {**super().fields(organization_id), "entity_id": self.from_entity}


SECTION = OwnedSection(EntityLine)


def restore_part(transaction: Transaction, part: PrimaryPart) -> None:
    """Write a child item, its entity's index items for it, and its primary pointer.

    The commit raises:
        DuplicateError: Another child item has the same value.
        ValidationFailedError: The entity does not exist, or the group has a primary child item.
    """
    transaction.save(part, None)
    for name, position in part.entity_lists().items():
        transaction.put(keys.index_item(part.organization_id, Entity.KIND, name, position), {})
    if part.is_primary:
        transaction.put(
            parts.pointer(part),
            {"part_id": part.id},
            Path("pk").does_not_exist(),
            lambda: ValidationFailedError.of("is_primary", "is true of another one"),
        )
    _require(transaction, part.organization_id, part.entity_id, "entity_id")


def restore_relationship(transaction: Transaction, one: Relationship) -> None:
    """Write a relationship, at both entities.

    The commit raises:
        DuplicateError: The entities already have such a relationship.
        ValidationFailedError: One of the entities does not exist.
    """
    relationships.save(transaction, one, None)
    _require(transaction, one.organization_id, one.from_entity, "from_entity")
    _require(transaction, one.organization_id, one.to_entity, "to_entity")


def _require(transaction: Transaction, organization_id: str, entity_id: str, field: str) -> None:
    require(transaction, organization_id, RecordRef(Entity.KIND, entity_id), field)
