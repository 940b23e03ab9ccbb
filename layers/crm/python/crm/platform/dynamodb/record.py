"""What every record has, and how it goes into the table and out to a client."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from crm.platform import clock, ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key


class Record(BaseModel):
    """One record of an organization. Its attributes are stored, and answered, under their names.

    Attributes:
        organization_id: the organization whose record it is; never part of an answer.
        id: UUIDv7, except for members, whose id is the user's.
        created_on: RFC 3339, UTC, milliseconds; `updated_on` too.
        created_by: user id; `updated_by` too.
        version: 1 at first, one more with each write.

    Class attributes:
        KIND: the record type's name in keys.
        private: attributes that no answer shows.
        entry_attributes: attributes copied into the record's list entries, because a page of
            the list needs them before it has read its records.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    KIND: ClassVar[str]
    private: ClassVar[frozenset[str]] = frozenset({"organization_id"})
    entry_attributes: ClassVar[tuple[str, ...]] = ()

    organization_id: str
    id: str
    created_on: str
    created_by: str
    updated_on: str
    updated_by: str
    version: int

    @property
    def key(self) -> Key:
        return keys.record(self.organization_id, self.KIND, self.id)

    def lists(self) -> Mapping[str, str]:
        """The lists that hold this record: name of the list → position in it."""
        return {}

    def entry(self, name: str) -> Item:  # noqa: ARG002
        """What the record's entry in one of its lists holds besides its key."""
        return {attribute: getattr(self, attribute) for attribute in self.entry_attributes}

    def searched_text(self) -> str | None:
        """What the record is found by in a search; None for kinds that are not searched."""
        return None

    def action(self, old: Self | None) -> str:
        """What the history calls the step from an older version to this one."""
        return "updated" if old else "created"

    def uniques(self) -> Mapping[str, str]:
        """The values that no other record of its kind and organization may have: field → value."""
        return {}

    def guard(self) -> Item:
        """What the guard of a unique value says of the record that has it."""
        return {"record_id": self.id}

    @classmethod
    def create(cls, organization_id: str, by: str, **fields: Any) -> Self:
        """A new record of version 1, not yet written. It is as old as its id says.

        Args:
            organization_id: whose it is.
            by: the user who makes it.
            fields: its own fields; `id` for the kinds whose id is given.
        """
        record_id = str(fields.get("id") or ids.new_id())
        stamp = clock.timestamp(ids.created_on(record_id) or clock.now())
        return cls(
            **{
                **fields,
                "id": record_id,
                "organization_id": organization_id,
                "created_on": stamp,
                "created_by": by,
                "updated_on": stamp,
                "updated_by": by,
                "version": 1,
            }
        )

    def changed(self, by: str, **fields: Any) -> Self:
        """The next version of this record, not yet written.

        Args:
            by: the user who changes it.
            fields: the fields that change, already valid.
        """
        return self.model_copy(
            update={
                **fields,
                "updated_on": clock.timestamp(clock.now()),
                "updated_by": by,
                "version": self.version + 1,
            }
        )

    @classmethod
    def from_item(cls, item: Item) -> Self:
        return cls.model_validate(item)

    def item(self) -> Item:
        """The record as it is stored, keys aside."""
        return self.model_dump(exclude_none=True)

    def answer(self) -> dict[str, Any]:
        """The record as a client sees it."""
        return self.model_dump(exclude=set(self.private))
