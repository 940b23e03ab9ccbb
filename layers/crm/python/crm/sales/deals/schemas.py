"""Deals and their stage history."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field, StringConstraints

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.dynamodb.record import Record
from crm.platform.fields import (
    Currency,
    Date,
    Id,
    Ids,
    Input,
    Name,
    Number,
    Output,
    PageQuery,
    StoredId,
    StoredNumber,
    StoredTime,
    Text,
    UserId,
)
from crm.records.owned_record import OwnedRecord, date_list, entity_list, entity_reference

DealStatus = Literal["open", "won", "lost"]

FEW_MONTHS = 4
"""Maximum of month lists per query, enough for a quarter; longer ranges do not use them."""


class DealWrite(Input):
    """Body of POST and PUT.

    `stage_id` defaults to the first stage, `currency` to the organization's, `assigned_to` to
    whoever makes the deal.
    """

    name: Name
    amount: Number | None = None
    currency: Currency | None = None
    entity_id: Id
    stage_id: Id | None = None
    expected_close_date: Date | None = None
    assigned_to: UserId | None = None
    shared_with: Annotated[Ids, Field(max_length=20)] = []
    custom_fields: dict[str, Any] | None = None


class DealQuery(PageQuery):
    """Filters of the list of deals."""

    stage_id: Id | None = None
    pipeline_id: Id | None = None
    status: DealStatus | None = None
    assigned_to: UserId | None = None
    entity_id: Id | None = None
    name: Annotated[str | None, StringConstraints(max_length=255)] = None
    expected_close_after: Date | None = None
    expected_close_before: Date | None = None


class DealMove(Input):
    """Body of `POST /api/deals/{id}/move`."""

    stage_id: Id
    note: Text | None = None


class Deal(OwnedRecord):
    """Business that may come.

    Attributes:
        amount: decimal string with each decimal of the currency; None if nobody knows yet.
        status, probability: the stage's, as it was when the deal came into it or it changed.
        weighted_amount: `amount` times `probability`, half to even to the minor unit.
        closed_on: when it came into a closed stage; None while it is open.
        stay_id: the id of its current stage history entry.
        stage_entered_on: the time at which it entered its stage.
    """

    KIND: ClassVar[str] = "deal"
    BODY: ClassVar[type[BaseModel]] = DealWrite
    QUERY: ClassVar[type[PageQuery]] = DealQuery
    private: ClassVar[frozenset[str]] = Record.private | {"stay_id", "stage_entered_on"}
    entry_attributes: ClassVar[tuple[str, ...]] = ("expected_close_date",)
    list_partitions: ClassVar[tuple[str, ...]] = ("open", "won", "lost")

    name: str
    amount: str | None = None
    currency: str
    entity_id: str
    pipeline_id: StoredId
    stage_id: str
    status: DealStatus
    probability: int
    weighted_amount: StoredNumber | None = None
    expected_close_date: str | None = None
    closed_on: StoredTime | None = None
    stay_id: str
    stage_entered_on: str

    @property
    def list_partition(self) -> str:
        return self.status

    def index_names(self) -> Iterable[str]:
        return [
            stage_list(self.stage_id),
            stage_list(self.stage_id, self.assigned_to),
            pipeline_list(self.pipeline_id),
            entity_list(self.entity_id),
            *([month_list(self.expected_close_date[:7])] if self.expected_close_date else []),
        ]

    def references(self) -> Mapping[str, RecordRef]:
        return entity_reference(self.entity_id)

    def dates(self) -> Mapping[str, str | None]:
        return {
            "expected_close_date": self.expected_close_date,
            "closed_on": self.closed_on,
        }

    def searched_text(self) -> str:
        return self.name


CLOSE_LIST = date_list("expected_close_date")
"""Deals with an expected closing date, sorted by it."""


def stage_list(stage_id: str, assigned_to: str | None = None) -> str:
    """Return the index name of a stage's deals: all, or those of one owner, for the board."""
    return f"stage#{stage_id}" + (f"#{assigned_to}" if assigned_to else "")


def month_list(month: str) -> str:
    """Return the index name of deals expected to close in a month, sorted by creation time."""
    return f"month#{month}"


def months_between(after: str, before: str) -> list[str] | None:
    """Return the months of a date range; None if there are more than `FEW_MONTHS`."""
    first, last = _month(after), _month(before)
    if last - first >= FEW_MONTHS:
        return None
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(first, last + 1)]


def _month(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7]) - 1


def pipeline_list(pipeline_id: str) -> str:
    return f"pipeline#{pipeline_id}"


class StageHistoryEntry(Output):
    """A deal's stay in a stage.

    Attributes:
        left_on: None while the deal is in the stage.
        seconds: how long it was there; None while it is.
        note: what was said when it came.
    """

    stage_id: str
    stage_name: str
    entered_on: str
    left_on: str | None = None
    seconds: int | None = None
    entered_by: str
    note: str | None = None


class StoredStageHistoryEntry(StageHistoryEntry):
    """The stored form of a stage history entry, with further attributes for the timeline.

    Attributes:
        from_stage_id: the previous stage of the deal; None in the entry of its creation.
        from_stage_name: the name of the previous stage at that time.
    """

    id: str
    from_stage_id: str | None = None
    from_stage_name: str | None = None


STAGE_HISTORY = "stay"


def stage_history_key(deal: Key, stay_id: str) -> Key:
    """Return the key of a stage history entry: a child item of the deal."""
    return keys.child_item(deal, STAGE_HISTORY, stay_id)
