"""Base class of records: common attributes, conversion to items and to responses."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from crm.platform import clock, ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.fields import StoredId, StoredTime, StoredUserId

Answer = dict[str, Any]
"""A record as clients receive it: field → JSON value. The models of answers document the fields."""


class Record(BaseModel):
    """A record of an organization. Items and responses use its attribute names.

    Attributes:
        organization_id: the organization that the record belongs to; never part of a response.
        id: UUIDv7, except for members, whose id is the user's.
        created_on: RFC 3339, UTC, milliseconds; `updated_on` too.
        created_by: user id; `updated_by` too.
        version: 1 at first, incremented by each write.

    Class attributes:
        KIND: the record type's name in keys.
        private: attributes that are left out of responses.
        entry_attributes: attributes copied into the record's index items, because a page of
            the list needs them before its records are read.
        logged_ids: attributes with ids that lead to what a deleted record left behind.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    KIND: ClassVar[str]
    private: ClassVar[frozenset[str]] = frozenset({"organization_id"})
    entry_attributes: ClassVar[tuple[str, ...]] = ()
    logged_ids: ClassVar[tuple[str, ...]] = ()

    organization_id: str
    id: StoredId
    created_on: StoredTime
    created_by: StoredUserId
    updated_on: StoredTime
    updated_by: StoredUserId
    version: int

    @property
    def key(self) -> Key:
        return keys.record(self.organization_id, self.KIND, self.id)

    @property
    def about(self) -> RecordRef | None:
        """The record that it hangs on, and is deleted with."""
        return None

    def index_entries(self) -> Mapping[str, str]:
        """Return the lists that contain the record: index name → sort key in it."""
        return {}

    def entry(self, name: str) -> Item:  # noqa: ARG002
        """Return the attributes of the record's index item in a list, without its key."""
        return {attribute: getattr(self, attribute) for attribute in self.entry_attributes}

    def searched_text(self) -> str | None:
        """Return the text that the search indexes; None for kinds that are not searched."""
        return None

    def action(self, old: Self | None) -> str:
        """Return the history's name for the change from an older version to this one."""
        return "updated" if old else "created"

    def unique_constraints(self) -> Mapping[str, str]:
        """Return the values that are unique per kind and organization: field → value."""
        return {}

    def constraint_item(self) -> Item:
        """Return the attributes of the record's unique constraint items."""
        return {"record_id": self.id}

    @classmethod
    def create(cls, organization_id: str, by: str, **fields: Any) -> Self:
        """Return a new record of version 1, not yet written; its id determines its age.

        Args:
            organization_id: the organization of the record.
            by: the user who creates it.
            fields: the fields of the record; `id` for kinds whose id is given.
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
        """Return the next version of this record, not yet written.

        Args:
            by: the user who changes it.
            fields: the changed fields, already validated.
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
        """Return the stored attributes of the record, without its keys."""
        return self.model_dump(exclude_none=True)

    def answer(self) -> Answer:
        """Return the record as clients receive it."""
        return self.model_dump(exclude=set(self.private))
