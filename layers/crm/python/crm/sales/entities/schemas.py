"""Entities and their parts."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.record import Record
from crm.platform.fields import (
    Country,
    Date,
    Id,
    Ids,
    Input,
    Name,
    Output,
    PageQuery,
    Text,
    UserId,
    same_name,
)
from crm.records.owned_record import OwnedRecord
from crm.records.search.text import fold
from crm.sales.entities import normalization

EntityType = Literal["contact", "organization", "account"]
Status = Literal["active", "inactive"]
IdentifierType = Literal["tax_id", "vat", "registration", "duns", "passport", "other"]
Channel = Literal["email", "phone", "mobile", "fax", "website", "social"]
AddressKind = Literal["billing", "shipping", "office", "home", "other"]
Direction = Literal["outgoing", "incoming"]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Value = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=normalization.MAX_VALUE),
]
Number = Annotated[Value, AfterValidator(normalization.telling)]


class EntityWrite(Input):
    """Body of POST and PUT. `assigned_to` defaults to whoever makes the entity."""

    type: EntityType
    name: Name
    legal_name: Name | None = None
    status: Status = "active"
    note: Text | None = None
    assigned_to: UserId | None = None
    shared_with: Annotated[Ids, Field(max_length=20)] = []
    custom_fields: dict[str, Any] | None = None


class EntityQuery(PageQuery):
    """Filters of the list of entities."""

    type: EntityType | None = None
    name: Annotated[str | None, StringConstraints(max_length=255)] = None
    status: Status | None = None
    assigned_to: UserId | None = None
    contact_point: Value | None = None


class Entity(OwnedRecord):
    """A person or a company.

    Attributes:
        merged_from: ids of the entities that were merged into this one.
        merging_into: id of the entity that this one is being merged into; it accepts no additions.
    """

    KIND: ClassVar[str] = "entity"
    BODY: ClassVar[type[BaseModel]] = EntityWrite
    QUERY: ClassVar[type[PageQuery]] = EntityQuery
    private: ClassVar[frozenset[str]] = Record.private | {"merged_from", "merging_into"}
    logged_ids: ClassVar[tuple[str, ...]] = ("merging_into", "merged_from")
    match_on: ClassVar[tuple[str, ...]] = ("id", "email")
    list_partitions: ClassVar[tuple[str, ...]] = ("contact", "organization", "account")

    type: EntityType
    name: str
    legal_name: str | None = None
    status: Status = "active"
    note: str | None = None
    merged_from: list[str] = []
    merging_into: str | None = None

    @property
    def list_partition(self) -> str:
        return self.type

    def index_names(self) -> Iterable[str]:
        return [status_list(self.status), name_list(self.name)]

    def searched_text(self) -> str:
        return self.name

    def action(self, old: Self | None) -> str:
        merged = old is not None and old.merged_from != self.merged_from
        return "merged" if merged else super().action(old)


def status_list(status: Status) -> str:
    return f"status#{status}"


def name_list(name: str) -> str:
    """Return the index name of entities with a name; case, accents and white space do not count."""
    return f"name#{fold(name)}"


def contact_point_list(channel: str, value: str) -> str:
    """Return the index name of the entities with this contact point."""
    return f"contact#{channel}#{normalization.comparable(channel, value)}"


def identifier_list(value: str) -> str:
    """Return the index name of entities with a normalised identifier, of any type and country."""
    return f"identifier#{value}"


class EntityPart(Record):
    """A child item of an entity, stored in the entity's partition."""

    entity_id: str

    @property
    def entity_key(self) -> Key:
        return keys.record(self.organization_id, Entity.KIND, self.entity_id)

    @property
    def key(self) -> Key:
        return keys.child_item(self.entity_key, self.KIND, self.id)

    def constraint_item(self) -> Item:
        return {"record_id": self.id, "entity_id": self.entity_id}

    def entity_lists(self) -> Mapping[str, str]:
        """Return the entity's index items that are due to this part: index name → sort key."""
        return {}


class PrimaryPart(EntityPart):
    """A part whose groups have at most one primary part each."""

    is_primary: bool = False

    @property
    def group(self) -> str:
        """The identifier type, channel or kind: each has at most one primary part."""
        raise NotImplementedError


class IdentifierWrite(Input):
    """Body of POST and PUT."""

    type: IdentifierType
    value: Number
    country: Country | None = None
    is_primary: bool = False


class Identifier(PrimaryPart):
    """An official number, unique in the organization."""

    KIND: ClassVar[str] = "identifier"

    type: IdentifierType
    value: str
    country: str | None = None

    @property
    def group(self) -> str:
        return self.type

    @property
    def normal(self) -> tuple[str, str]:
        """Country and value in the form in which they are compared."""
        return normalization.identifier(self.type, self.country, self.value)

    def unique_constraints(self) -> Mapping[str, str]:
        return {"value": "|".join((self.type, *self.normal))}

    def entity_lists(self) -> Mapping[str, str]:
        # An entity may have two identifiers with one value: each has its own index item.
        return {identifier_list(self.normal[1]): f"{self.id}#{self.entity_id}"}


class ContactPointWrite(Input):
    """Body of POST and PUT."""

    channel: Channel
    value: Value
    label: Name | None = None
    is_primary: bool = False
    can_contact: bool = True


class ContactPoint(PrimaryPart):
    """A way to reach an entity. Its value is in normal form: an address, E.164, a URL."""

    KIND: ClassVar[str] = "contact_point"

    channel: Channel
    value: str
    label: str | None = None
    can_contact: bool = True

    @property
    def group(self) -> str:
        return self.channel

    def unique_constraints(self) -> Mapping[str, str]:
        """Make contact points unique per entity: one index item cannot serve two of them."""
        own = normalization.comparable(self.channel, self.value)
        return {"value": f"{self.entity_id}|{self.channel}|{own}"}

    def entity_lists(self) -> Mapping[str, str]:
        return {contact_point_list(self.channel, self.value): self.entity_id}


class AddressWrite(Input):
    """Body of POST and PUT."""

    kind: AddressKind
    line1: Line
    line2: Line | None = None
    city: Line
    region: Line | None = None
    postal_code: Line | None = None
    country: Country
    is_primary: bool = False


class Address(PrimaryPart):
    """A postal address."""

    KIND: ClassVar[str] = "address"

    kind: AddressKind
    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    postal_code: str | None = None
    country: str

    @property
    def group(self) -> str:
        return self.kind


class RelationshipWrite(Input):
    """Body of POST and PUT."""

    to_entity: Id
    relationship_type: Name
    inverse_type: Name | None = None
    start_date: Date | None = None
    end_date: Date | None = None
    custom_fields: dict[str, Any] | None = None


class Relationship(EntityPart):
    """A relationship of one entity to another. Each entity has a copy; both are written together.

    Attributes:
        entity_id: the entity whose copy this is.
        direction: `outgoing` where that entity is the one it starts from.
    """

    KIND: ClassVar[str] = "relationship"
    private: ClassVar[frozenset[str]] = Record.private | {"entity_id"}

    from_entity: str
    to_entity: str
    relationship_type: str
    inverse_type: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    custom_fields: dict[str, Any] = {}
    direction: Direction = "outgoing"

    @property
    def other_id(self) -> str:
        """The id of the entity at the other end."""
        return self.to_entity if self.direction == "outgoing" else self.from_entity

    def other_copy(self) -> "Relationship":
        """Return the other entity's copy of the relationship."""
        return self.model_copy(
            update={
                "entity_id": self.other_id,
                "direction": "incoming" if self.direction == "outgoing" else "outgoing",
            }
        )

    def unique_constraints(self) -> Mapping[str, str]:
        """Make a type unique between two entities; the outgoing copy holds the constraint item."""
        if self.direction == "incoming":
            return {}
        pair = f"{self.from_entity}|{self.to_entity}"
        return {"relationship_type": f"{pair}|{same_name(self.relationship_type)}"}


class OtherEnd(Output):
    """The entity at the other end; its name only if the caller may see it."""

    id: str
    type: EntityType
    name: str | None


class RelationshipAnswer(Relationship):
    """A relationship, as one of its ends shows it."""

    other: OtherEnd


class EntityDetail(Entity):
    """An entity with all that hangs on it."""

    identifiers: list[Identifier]
    contact_points: list[ContactPoint]
    addresses: list[Address]
    relationships: list[RelationshipAnswer]


class Duplicate(Output):
    """An entity that may be the same as another, and why."""

    entity: Entity
    reasons: list[Literal["email", "phone", "identifier", "name"]]


class Merge(Input):
    """Body of `POST /api/entities/{id}/merge`."""

    from_: Annotated[Id, Field(alias="from")]
