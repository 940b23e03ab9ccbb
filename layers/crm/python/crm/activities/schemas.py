"""Activities: five kinds in one item shape."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

from crm import ids
from crm.owned.records import OwnedRecord, all_list, assigned_list, creator_list
from crm.store.records import Record

ActivityType = Literal["task", "event", "email", "note", "call"]
TargetType = Literal["entity", "deal", "lead", "case"]
"""What an activity can be about."""

Priority = Literal["low", "medium", "high"]
TaskStatus = Literal["not_started", "in_progress", "waiting", "completed"]

COMMON = (
    "id",
    "type",
    "subject",
    "description",
    "related_to_type",
    "related_to_id",
    "assigned_to",
    "due_date",
    "is_completed",
    "completed_on",
    "custom_fields",
    "created_on",
    "created_by",
    "updated_on",
    "updated_by",
    "version",
)
"""What each activity answers."""

OWN: Mapping[ActivityType, tuple[str, ...]] = {
    "task": ("priority", "status"),
    "event": ("start_time", "end_time", "location"),
    "email": ("from_address", "to_addresses", "cc_addresses", "body", "is_outbound"),
    "note": (),
    "call": ("phone_number", "duration_seconds", "call_outcome"),
}
"""What an activity of each kind answers besides."""


class Activity(OwnedRecord):
    """Something done, or to be done, by itself or on a record.

    Attributes:
        completed_on: when it was completed; None while it is not.
    """

    KIND: ClassVar[str] = "activity"
    private: ClassVar[frozenset[str]] = Record.private | {"shared_with"}
    entry_attributes: ClassVar[tuple[str, ...]] = ("type", "due_date")
    tiles: ClassVar[tuple[str, ...]] = ("open", "completed")

    type: ActivityType
    subject: str
    description: str | None = None
    related_to_type: TargetType | None = None
    related_to_id: str | None = None
    due_date: str | None = None
    is_completed: bool = False
    completed_on: str | None = None
    custom_fields: dict[str, Any] = {}

    priority: Priority | None = None
    status: TaskStatus | None = None
    start_time: str | None = None
    end_time: str | None = None
    location: str | None = None
    from_address: str | None = None
    to_addresses: list[str] | None = None
    cc_addresses: list[str] | None = None
    body: str | None = None
    is_outbound: bool | None = None
    phone_number: str | None = None
    duration_seconds: int | None = None
    call_outcome: str | None = None

    @property
    def tile(self) -> str:
        return "completed" if self.is_completed else "open"

    @property
    def parent(self) -> tuple[str, str] | None:
        """Whoever sees what it is about sees it too."""
        if self.related_to_type is None or self.related_to_id is None:
            return None
        return self.related_to_type, self.related_to_id

    def facets(self) -> Iterable[str]:
        about = [related_list(*self.parent)] if self.parent else []
        return [type_list(self.type), *about]

    def lists(self) -> Mapping[str, str]:
        """By age, and those with a due date by that too, the soonest first."""
        if self.due_date is None:
            return super().lists()
        names = [
            all_list(self.tile),
            creator_list(self.created_by, self.tile),
            assigned_list(self.assigned_to, self.tile),
            *([related_list(*self.parent)] if self.parent else []),
        ]
        place = due_position(self.due_date, self.id)
        return {**super().lists(), **{due_list(name): place for name in names}}

    def answer(self) -> dict[str, Any]:
        whole = super().answer()
        return {name: whole[name] for name in (*COMMON, *OWN[self.type])}


def due_position(due_date: str, activity_id: str) -> str:
    """Lists run downwards: turned round, the soonest comes first, and before what has no date."""
    return f"z{ids.inverse(due_date)}#{ids.inverse(activity_id)}#{activity_id}"


def type_list(kind: ActivityType) -> str:
    return f"type#{kind}"


def related_list(record_type: str, record_id: str) -> str:
    """What is about a record."""
    return f"related#{record_type}#{record_id}"


def due_list(name: str) -> str:
    """A list by due date instead of age."""
    return f"due#{name}"
