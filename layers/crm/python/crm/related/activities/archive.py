"""Lines of activities in archives. Pure."""

from typing import Annotated, Any, Literal

from pydantic import Field

from crm.platform.errors import ValidationFailedError
from crm.platform.fields import Ids, OneOf, Time
from crm.platform.json import canonical
from crm.records.archive.lines import OwnedLine, require_together
from crm.records.archive.section import OwnedSection
from crm.related.activities import completion
from crm.related.activities.schemas import (
    Activity,
    CallWrite,
    EmailWrite,
    EventWrite,
    NoteWrite,
    TaskWrite,
)
from crm.related.activities.service import MAX_BYTES


class ActivityLine(OwnedLine):
    """Common fields of activities that are not part of a request body."""

    RECORD = Activity

    shared_with: Annotated[Ids, Field(max_length=0)] = []
    completed_on: Time | None = None

    def fields(self, organization_id: str) -> dict[str, Any]:
        whole = {**super().fields(organization_id), **completion.fields(self)}  # type: ignore[arg-type]
        require_together("completed_on", whole["is_completed"], self.completed_on)
        return whole


class TaskLine(ActivityLine, TaskWrite):  # type: ignore[misc]
    """A task."""

    type: Literal["task"]


class EventLine(ActivityLine, EventWrite):  # type: ignore[misc]
    """An event."""

    type: Literal["event"]


class EmailLine(ActivityLine, EmailWrite):  # type: ignore[misc]
    """An email."""

    type: Literal["email"]


class NoteLine(ActivityLine, NoteWrite):  # type: ignore[misc]
    """A note."""

    type: Literal["note"]


class CallLine(ActivityLine, CallWrite):  # type: ignore[misc]
    """A telephone call."""

    type: Literal["call"]


class AnyActivityLine(OneOf[TaskLine | EventLine | EmailLine | NoteLine | CallLine]):
    """An activity, with the fields of its type."""

    root: Annotated[
        TaskLine | EventLine | EmailLine | NoteLine | CallLine, Field(discriminator="type")
    ]

    @property
    def place(self) -> str:
        return self.root.place

    def record(self, organization_id: str) -> Any:
        activity = self.root.record(organization_id)
        if len(canonical(activity.answer())) > MAX_BYTES:
            raise ValidationFailedError.of("body", f"makes more than {MAX_BYTES:,} bytes with all")
        return activity


SECTION = OwnedSection(AnyActivityLine)
