"""Activities: five types in one item shape."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, Field, StringConstraints, ValidationInfo, field_validator

from crm.platform import ids
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.lists import HIGHEST
from crm.platform.dynamodb.record import Answer, Record
from crm.platform.fields import (
    Date,
    EmailAddress,
    Enumerated,
    Id,
    Input,
    Name,
    OneOf,
    PageQuery,
    StoredTime,
    Text,
    Time,
    UserId,
)
from crm.records.owned_record import OwnedRecord, all_list, assigned_list, creator_list
from crm.records.registry import TARGET_TYPES

ActivityType = Literal["task", "event", "email", "note", "call"]
TargetType = Annotated[str, Enumerated(*TARGET_TYPES)]
"""The kinds of records that an activity can be about."""

Priority = Literal["low", "medium", "high"]
TaskStatus = Literal["not_started", "in_progress", "waiting", "completed"]
PhoneNumber = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]

MAX_ADDRESSES = 100
MAX_SECONDS = 1_000_000_000


def together(related_to_id: str | None, info: ValidationInfo) -> str | None:
    """Validate that the kind and the id of a record are both given or both missing."""
    if "related_to_type" not in info.data:
        return related_to_id  # related_to_type is invalid and has an error of its own
    if (related_to_id is None) != (info.data["related_to_type"] is None):
        raise ValueError("goes together with related_to_type")
    return related_to_id


class ActivityBody(Input):
    """The common fields of all activity bodies. `assigned_to` defaults to the creator."""

    type: ActivityType
    subject: Name
    description: Text | None = None
    related_to_type: TargetType | None = None
    related_to_id: Annotated[Id | None, Field(validate_default=True)] = None
    assigned_to: UserId | None = None
    due_date: Date | None = None
    is_completed: bool = False
    custom_fields: dict[str, Any] | None = None

    _together = field_validator("related_to_id")(together)


class TaskWrite(ActivityBody):
    """A task. `status` and `is_completed` say the same: to name one of them is enough."""

    type: Literal["task"]
    priority: Priority = "medium"
    status: TaskStatus = "not_started"


class EventWrite(ActivityBody):
    """An event."""

    type: Literal["event"]
    start_time: Time
    end_time: Time
    location: Name | None = None

    @field_validator("end_time")
    @classmethod
    def _not_before_start(cls, end_time: str, info: ValidationInfo) -> str:
        if end_time < info.data.get("start_time", end_time):
            raise ValueError("must not be before start_time")
        return end_time


class EmailWrite(ActivityBody):
    """An email, as it was sent or received."""

    type: Literal["email"]
    from_address: EmailAddress
    to_addresses: Annotated[list[EmailAddress], Field(min_length=1, max_length=MAX_ADDRESSES)]
    cc_addresses: Annotated[list[EmailAddress], Field(max_length=MAX_ADDRESSES)] = []
    body: Text
    is_outbound: bool = False


class NoteWrite(ActivityBody):
    """A note."""

    type: Literal["note"]


class CallWrite(ActivityBody):
    """A telephone call."""

    type: Literal["call"]
    phone_number: PhoneNumber
    duration_seconds: Annotated[int, Field(ge=0, le=MAX_SECONDS)] | None = None
    call_outcome: Name | None = None


AnyBody: TypeAlias = TaskWrite | EventWrite | EmailWrite | NoteWrite | CallWrite


class ActivityWrite(OneOf[AnyBody]):
    """Body of POST and PUT: of one type, with the fields of that type."""

    root: Annotated[AnyBody, Field(discriminator="type")]


class ActivityQuery(PageQuery):
    """Filters of the list of activities."""

    type: ActivityType | None = None
    assigned_to: UserId | None = None
    is_completed: bool | None = None
    due_before: Annotated[Date | None, Field(description="Due before this day.")] = None
    due_after: Annotated[Date | None, Field(description="Due on this day or later.")] = None
    related_to_type: TargetType | None = None
    related_to_id: Annotated[Id | None, Field(validate_default=True)] = None
    order: Annotated[
        Literal["due_date"] | None,
        Field(description="The soonest first, those without a due date last."),
    ] = None

    _together = field_validator("related_to_id")(together)

    @property
    def about(self) -> RecordRef | None:
        """The record of the query, by kind and id."""
        if self.related_to_type is None or self.related_to_id is None:
            return None
        return RecordRef(self.related_to_type, self.related_to_id)

    @property
    def has_range(self) -> bool:
        return self.due_before is not None or self.due_after is not None

    def is_due(self, due_date: str | None) -> bool:
        """Return whether a due date is in the range; without a range, always true."""
        if due_date is None:
            return not self.has_range
        after = self.due_after is None or self.due_after <= due_date
        return after and (self.due_before is None or due_date < self.due_before)


class AnsweredActivity(Record):
    """The common fields of all activity answers.

    Attributes:
        related_to_type: the kind of the record that it is about.
        related_to_id: the record that it is about.
        assigned_to: whose it is: a user id.
        completed_on: when it was completed; null while it is not.
        custom_fields: by name, as they are defined for activities.
    """

    type: ActivityType
    subject: str
    description: str | None
    related_to_type: TargetType | None
    related_to_id: Id | None
    assigned_to: UserId
    due_date: Date | None
    is_completed: bool
    completed_on: str | None
    custom_fields: dict[str, Any]


class Task(AnsweredActivity):
    """A task."""

    type: Literal["task"]
    priority: Priority
    status: TaskStatus


class Event(AnsweredActivity):
    """An event."""

    type: Literal["event"]
    start_time: Time
    end_time: Time
    location: str | None


class Email(AnsweredActivity):
    """An email."""

    type: Literal["email"]
    from_address: EmailAddress
    to_addresses: list[EmailAddress]
    cc_addresses: list[EmailAddress]
    body: str
    is_outbound: bool


class Note(AnsweredActivity):
    """A note."""

    type: Literal["note"]


class Call(AnsweredActivity):
    """A telephone call."""

    type: Literal["call"]
    phone_number: str
    duration_seconds: int | None
    call_outcome: str | None


class ActivityAnswer(OneOf[Task | Event | Email | Note | Call]):
    """An activity, with the fields of its type."""

    root: Annotated[Task | Event | Email | Note | Call, Field(discriminator="type")]


ANSWERS: Mapping[ActivityType, type[AnsweredActivity]] = {
    "task": Task,
    "event": Event,
    "email": Email,
    "note": Note,
    "call": Call,
}


class Activity(OwnedRecord):
    """A completed or planned activity, alone or about a record.

    Attributes:
        completed_on: when it was completed; None while it is not.
    """

    KIND: ClassVar[str] = "activity"
    BODY: ClassVar[type[BaseModel]] = ActivityWrite
    QUERY: ClassVar[type[PageQuery]] = ActivityQuery
    NOT_SET_BY_RULES: ClassVar[frozenset[str]] = frozenset(
        {
            *("type", "related_to_type", "related_to_id"),
            *("to_addresses", "cc_addresses", "phone_number", "duration_seconds"),
        }
    )
    private: ClassVar[frozenset[str]] = Record.private | {"shared_with"}
    entry_attributes: ClassVar[tuple[str, ...]] = ("type", "due_date", "is_completed")
    list_partitions: ClassVar[tuple[str, ...]] = ("open", "completed")

    type: ActivityType
    subject: str
    description: str | None = None
    related_to_type: TargetType | None = None
    related_to_id: str | None = None
    due_date: str | None = None
    is_completed: bool = False
    completed_on: StoredTime | None = None

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
    def list_partition(self) -> str:
        return "completed" if self.is_completed else "open"

    @property
    def parent(self) -> RecordRef | None:
        """The record that the activity is about: its viewers may see the activity too."""
        if self.related_to_type is None or self.related_to_id is None:
            return None
        return RecordRef(self.related_to_type, self.related_to_id)

    def dates(self) -> Mapping[str, str | None]:
        return {
            "due_date": self.due_date,
            "start_time": self.start_time,
            "end_time": self.end_time,
            "completed_on": self.completed_on,
        }

    def index_names(self) -> Iterable[str]:
        about = [related_list(*self.parent)] if self.parent else []
        return [type_list(self.type), *about]

    def index_entries(self) -> Mapping[str, str]:
        """Lists by creation time, and with a due date also by due date, the soonest first."""
        if self.due_date is None:
            return super().index_entries()
        names = [
            all_list(self.list_partition),
            creator_list(self.created_by, self.list_partition),
            assigned_list(self.assigned_to, self.list_partition),
            *([related_list(*self.parent)] if self.parent else []),
        ]
        place = due_position(self.due_date, self.id)
        return {**super().index_entries(), **{due_list(name): place for name in names}}

    def answer(self) -> Answer:
        whole = super().answer()
        return {name: whole[name] for name in ANSWERS[self.type].model_fields if name in whole}


def due_position(due_date: str, activity_id: str) -> str:
    """Return an inverted sort key: in descending order the soonest comes first, undated last."""
    return f"z{ids.inverse(due_date)}#{ids.inverse(activity_id)}#{activity_id}"


def due_between(due_after: str | None, due_before: str | None) -> tuple[str, str]:
    """Return the lowest and the highest sort key by due date that a range can hold.

    Args:
        due_after: the first day of the range.
        due_before: the first day after the range.
    """
    # All sort keys of a day share a prefix followed by `#`, which sorts right before `$`.
    lowest = f"z{ids.inverse(due_before)}$" if due_before else "z"
    highest = f"z{ids.inverse(due_after)}$" if due_after else HIGHEST
    return lowest, highest


def type_list(kind: ActivityType) -> str:
    return f"type#{kind}"


def related_list(record_type: str, record_id: str) -> str:
    """Activities about a record."""
    return f"related#{record_type}#{record_id}"


def due_list(name: str) -> str:
    """The due-date counterpart of a list by creation time."""
    return f"due#{name}"
