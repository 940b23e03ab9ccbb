"""Timelines, merged from lists that exist anyway.

Activities and attachments are in a list of their record, stage history entries in the partition of
their deal, timeline events in a list of their record; all are sorted by UUIDv7, by age. So a page
of the timeline is a page of their union, and no write is needed for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from crm.platform import clock, ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, EntryList, Partition, ReadBudget, Union
from crm.platform.dynamodb.parallel import guarded, together
from crm.platform.dynamodb.queries import (
    Accept,
    child_item_list,
    partition,
    read_many,
    record_ids_of,
)
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.table import RECORDS
from crm.platform.errors import ValidationFailedError
from crm.records import repository as owned
from crm.records import timeline_events
from crm.related.activities.schemas import Activity, related_list
from crm.related.documents import attachments
from crm.sales.deals import service as deals
from crm.sales.deals.schemas import STAGE_HISTORY, Deal, StoredStageHistoryEntry
from crm.sales.timeline.schemas import RecordReference, TimelineItem, TimelineQuery
from crm.tenancy.permissions import Caller

MAX_DEALS = 50
"""Maximum of deals, the newest ones, in the timeline of an entity."""

Source = Literal["activity", "attachment", "stay", "event"]

_SOURCES: Mapping[str, Source] = {
    **dict.fromkeys(("task", "event", "email", "note", "call"), "activity"),
    "stage_move": "stay",
    "attachment": "attachment",
    "conversion": "event",
    "merge": "event",
}


_TOLD = frozenset(
    {
        *("id", "type", "subject", "related_to_type", "related_to_id", "custom_fields"),
        *("created_on", "created_by", "updated_on", "updated_by", "version"),
    }
)
"""Fields of an activity that its `data` leaves out: the item has them elsewhere, or not at all."""


class Timeline:
    """The timeline of a record, and optionally of its deals, for one request.

    Args:
        caller: the caller of the request.
        query: the query parameters.

    Raises:
        ValidationFailedError: The query includes deals, and the record is no entity.
        NotFoundError, PermissionDeniedError: The query includes deals, and `check` raises.
    """

    def __init__(self, caller: Caller, query: TimelineQuery) -> None:
        self._caller = caller
        self._type = query.type
        self._allowance = ReadBudget()
        self._targets: dict[str, tuple[Source, RecordRef]] = {}
        self._lists: list[Partition] = []
        self._own = RecordRef(query.related_to_type, query.related_to_id)
        self._is_checked = False
        for target in self._targets_of(query):
            self._add(target)

    def check(self) -> None:
        """Require that the caller may see the record.

        Raises:
            NotFoundError: The organization has no such record.
            PermissionDeniedError: The caller may not see the record.
        """
        if not self._is_checked:
            record = owned.read_owned(self._caller.organization_id, *self._own)
            owned.require_visible(self._caller, record)
            self._is_checked = True

    def entries(self) -> EntryList:
        """Return the list of all items, newest first."""
        return Union(self._lists)

    def rows(self, entries: Sequence[Item]) -> list[Answer]:
        """Return the items of a page, without those that were deleted concurrently."""
        by_source: dict[Source, list[Item]] = {"activity": [], "attachment": []}
        for entry in entries:
            source, _ = self._targets[entry["pk"]]
            by_source.setdefault(source, []).append(entry)
        organization_id = self._caller.organization_id
        found, attached = together(
            lambda: read_many(Activity, organization_id, record_ids_of(by_source["activity"])),
            lambda: attachments.read_answers(self._caller, by_source["attachment"]),
        )
        items = {
            **{one.id: _of_activity(one) for one in found.values()},
            **{one["id"]: _of_attachment(one) for one in attached},
            **{
                entry["sk"]: self._of_entry(entry)
                for entry in entries
                if self._targets[entry["pk"]][0] in {"stay", "event"}
            },
        }
        return [items[entry["sk"]].model_dump() for entry in entries if entry["sk"] in items]

    def _targets_of(self, query: TimelineQuery) -> list[RecordRef]:
        """Return the records whose timelines the query includes."""
        if query.include is None:
            return [self._own]
        if query.related_to_type != "entity":
            self.check()
            raise ValidationFailedError.of("include", "goes with entities only")
        _, newest = guarded(
            self.check, lambda: deals.of_entity(self._caller, query.related_to_id, MAX_DEALS)
        )
        return [self._own, *(RecordRef(Deal.KIND, deal_id) for deal_id in newest)]

    def _add(self, target: RecordRef) -> None:
        """Add the lists of a record that can hold items of the requested type."""
        wanted = None if self._type is None else _SOURCES[self._type]
        organization_id = self._caller.organization_id
        whole = keys.record(organization_id, *target)
        about = related_list(*target)
        pks: dict[Source, str] = {
            "activity": keys.index_item(organization_id, Activity.KIND, about, "").pk,
            "attachment": attachments.related_pk(organization_id, *target),
            "event": timeline_events.pk_of(organization_id, target),
        }
        for source, pk in pks.items():
            if wanted in {None, source}:
                self._targets[pk] = (source, target)
                self._lists.append(
                    partition(
                        RECORDS,
                        pk,
                        self._allowance,
                        (LOWEST, HIGHEST),
                        accept=self._accepts(source),
                    )
                )
        if wanted in {None, "stay"} and target[0] == Deal.KIND:
            self._targets[whole.pk] = ("stay", target)
            self._lists.append(child_item_list(whole, STAGE_HISTORY, accept=_is_move))

    def _accepts(self, source: Source) -> Accept | None:
        """Return a filter by the requested type; attachments have one type."""
        if self._type is None or source == "attachment":
            return None
        return lambda entry: bool(entry["type"] == self._type)

    def _of_entry(self, entry: Item) -> TimelineItem:
        """Return the item of a stage history entry or an event; its index item has all fields."""
        source, target = self._targets[entry["pk"]]
        if source == "stay":
            return _of_stay(StoredStageHistoryEntry.model_validate(entry), target)
        return TimelineItem(
            at=_at(entry["sk"]),
            type=entry["type"],
            id=entry["sk"],
            title=entry["title"],
            by=entry["by"],
            record=_reference(target),
            data=entry["data"],
        )


def _is_move(entry: Item) -> bool:
    """Return whether a stage history entry is a transition; the first one is the creation."""
    return entry.get("from_stage_id") is not None


def _of_activity(activity: Activity) -> TimelineItem:
    kind, record_id = activity.parent or ("", "")
    return TimelineItem(
        at=activity.created_on,
        type=activity.type,
        id=activity.id,
        title=activity.subject,
        by=activity.created_by,
        record=_reference(RecordRef(kind, record_id)),
        data={name: one for name, one in activity.answer().items() if name not in _TOLD},
    )


def _of_attachment(attachment: dict[str, Any]) -> TimelineItem:
    document = attachment["document"]
    title = document["title"] if document else attachment["description"] or "Attachment"
    return TimelineItem(
        at=attachment["created_on"],
        type="attachment",
        id=attachment["id"],
        title=title,
        by=attachment["uploaded_by"],
        record=_reference(RecordRef(attachment["related_to_type"], attachment["related_to_id"])),
        data={"description": attachment["description"], "document": document},
    )


def _of_stay(entry: StoredStageHistoryEntry, deal: RecordRef) -> TimelineItem:
    return TimelineItem(
        at=entry.entered_on,
        type="stage_move",
        id=entry.id,
        title=f"{entry.from_stage_name} → {entry.stage_name}",
        by=entry.entered_by,
        record=_reference(deal),
        data={
            "from_stage_id": entry.from_stage_id,
            "from_stage_name": entry.from_stage_name,
            "stage_id": entry.stage_id,
            "stage_name": entry.stage_name,
            "note": entry.note,
        },
    )


def _reference(target: RecordRef) -> RecordReference:
    return RecordReference.model_validate({"type": target[0], "id": target[1]})


def _at(event_id: str) -> str:
    return clock.timestamp(ids.created_on(event_id) or clock.now())
