"""Query parameters and items of a timeline."""

from typing import Annotated, Any, Literal

from pydantic import Field

from crm.platform import config
from crm.platform.fields import Enumerated, Id, Output, PageQuery
from crm.records.registry import OWNED_TYPES

RecordType = Annotated[str, Enumerated(*OWNED_TYPES)]
ItemType = Literal[
    "task", "event", "email", "note", "call", "stage_move", "attachment", "conversion", "merge"
]


class TimelineQuery(PageQuery):
    """Query parameters of a timeline."""

    related_to_type: RecordType
    related_to_id: Id
    type: ItemType | None = None
    include: Annotated[
        Literal["deals"] | None, Field(description="With what happened on an entity's deals.")
    ] = None
    limit: Annotated[
        int,
        Field(
            ge=1,
            le=100,
            default_factory=config.default_activity_timeline_limit,
            description="Rows on a page. Left out: CRM_DEFAULT_ACTIVITY_TIMELINE_LIMIT.",
        ),
    ]


class RecordReference(Output):
    """A record, by type and id."""

    type: RecordType
    id: str


class TimelineItem(Output):
    """Something that happened.

    Attributes:
        at: when.
        id: of the activity, the attachment, or the step itself.
        by: the user who did it.
        record: what it happened on.
        data: more about it; what, depends on the type.
    """

    at: str
    type: ItemType
    id: str
    title: str
    by: str
    record: RecordReference
    data: dict[str, Any]
