"""Erases the dependents, present and former, of an erased record: activities and documents."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crm.administration.erasure import files, system_data
from crm.administration.erasure.batches import Deadline, NotReadyError
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.queries import read_many, record_id_of
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import RECORDS
from crm.records import deletion_log
from crm.records.deletion_log import Line
from crm.related import cascade
from crm.related.activities.schemas import Activity
from crm.related.activities.schemas import related_list as activities_of
from crm.related.documents.attachment_schemas import Attachment
from crm.related.documents.attachment_schemas import related_list as attachments_of
from crm.related.documents.schemas import Document
from crm.sales.entities import deletion
from crm.sales.entities.schemas import Entity
from crm.workflows.engine import execution_deletion

PAGE = 25
"""Activities, or lines of the deletion log, between two checks of the deadline."""


def mark(organization_id: str, root: RecordRef, start: str | None) -> str | None:
    """Mark a page of a record's activities, with their attachments, for erasure; safe to repeat.

    Args:
        organization_id: the organization of the record.
        root: a deleted record, to which no dependent can be added.
        start: the start of the page; None for the first page.

    Returns:
        The start of the next page; None after the last page.
    """
    if start is None:
        _mark_attachments(organization_id, root)
    entries = _entries(organization_id, Activity, activities_of(*root), start)
    found = read_many(Activity, organization_id, map(record_id_of, entries))
    deletion_log.mark(map(deletion_log.line_of, found.values()), awaited=True)
    for activity_id in found:
        _mark_attachments(organization_id, RecordRef(Activity.KIND, activity_id))
    return str(entries[-1]["sk"]) if len(entries) == PAGE else None


def delete(organization_id: str, root: RecordRef) -> None:
    """Delete the dependents of a record, as its DELETE does; safe to repeat.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted.
    """
    kind, record_id = root
    if kind == Entity.KIND:
        deletion.delete_dependents(organization_id, record_id)
    else:
        cascade.delete_dependents(organization_id, kind, record_id)


def delete_made(organization_id: str, root: RecordRef) -> None:
    """Delete activities without a parent that rules made for a deleted record; safe to repeat.

    Raises:
        StaleReadError: One of the activities was changed since it was read.
    """
    made = execution_deletion.activities_made(organization_id, root)
    for activity in read_many(Activity, organization_id, made).values():
        if activity.parent is None:
            _mark_attachments(organization_id, RecordRef(Activity.KIND, activity.id))
            deletion_log.mark([deletion_log.line_of(activity)], awaited=True)
            cascade.delete(activity)


def erase_made(organization_id: str, root: RecordRef, deadline: Deadline) -> Counter[str]:
    """Erase what the activities deleted by `delete_made` left behind; safe to repeat.

    Raises the errors of `erase_activities`.
    """
    made = execution_deletion.activities_made(organization_id, root)
    places = [
        keys.deletion_log_line(organization_id, Activity.KIND, activity_id) for activity_id in made
    ]
    lines = [line for line in deletion_log.find_many(places).values() if line.is_marked]
    return _erase_activities(organization_id, _deleted(organization_id, Activity, lines), deadline)


def erase_activities(
    organization_id: str, root: RecordRef, start: str | None, deadline: Deadline
) -> tuple[Counter[str], str | None]:
    """Erase what a page of a record's deleted activities left behind; safe to repeat.

    Returns:
        The numbers of erased items, and the start of the next page: None after the last page.

    Raises:
        NotReadyError: The stream record of the deletion of an activity or its document is
            still awaited.
        TimeIsUpError: The deadline has passed, and items are left.
    """
    page = deletion_log.about(organization_id, Activity.KIND, root, start, PAGE)
    deleted = _deleted(organization_id, Activity, page)
    counts = _erase_activities(organization_id, deleted, deadline)
    return counts, page[-1].record_id if len(page) == PAGE else None


def _erase_activities(
    organization_id: str, deleted: Sequence[Line], deadline: Deadline
) -> Counter[str]:
    counts: Counter[str] = Counter()
    hung = [
        _Attached.on(organization_id, RecordRef(Activity.KIND, line.record_id)) for line in deleted
    ]
    _require_told([*deleted, *(line for one in hung for line in one.documents)])
    for line, attached in zip(deleted, hung, strict=True):
        counts.update(_erase_attached(organization_id, attached, deadline))
        counts.update(_erase(organization_id, Activity.KIND, line))
        counts["activities"] += 1
    return counts


def erase_attachments(organization_id: str, target: RecordRef, deadline: Deadline) -> Counter[str]:
    """Erase what the deleted documents of a record left behind; safe to repeat.

    Raises the errors of `erase_activities`.
    """
    attached = _Attached.on(organization_id, target)
    _require_told(attached.documents)
    return _erase_attached(organization_id, attached, deadline)


@dataclass(frozen=True)
class _Attached:
    """Former attachments of a record.

    Attributes:
        number: the number of attachments.
        documents: the deletion log's lines of the deleted documents.
    """

    number: int
    documents: Sequence[Line]

    @classmethod
    def on(cls, organization_id: str, target: RecordRef) -> "_Attached":
        places = [
            keys.deletion_log_line(organization_id, Document.KIND, line.item["document_id"])
            for line in _attached_once(organization_id, target)
        ]
        found = deletion_log.find_many(places)
        lines = [found.get(place) or Line(place, {}) for place in places]
        return cls(len(places), _deleted(organization_id, Document, lines))


def _deleted(organization_id: str, kind: type[Record], lines: Sequence[Line]) -> list[Line]:
    """Return the lines of deleted records; unmark the lines of records that exist.

    A document may be attached elsewhere, or have existed before it was attached; an activity may
    have been moved to another record just before it was to be deleted with this one.
    """
    there = read_many(kind, organization_id, [line.record_id for line in lines])
    for line in lines:
        if line.record_id in there and line.is_marked:
            deletion_log.unmark(line)
    return [line for line in lines if line.record_id not in there]


def _require_told(lines: Iterable[Line]) -> None:
    """Raises: NotReadyError: The stream record of the deletion of a record is still awaited."""
    if any(line.is_awaited for line in lines):
        raise NotReadyError


def _erase_attached(organization_id: str, attached: _Attached, deadline: Deadline) -> Counter[str]:
    counts: Counter[str] = Counter(attachments=attached.number)
    for line in attached.documents:
        counts.update(_erase(organization_id, Document.KIND, line))
        for place in ("files", "uploads"):
            files.erase_folder(f"{place}/{organization_id}/{line.record_id}/", deadline)
        counts["documents"] += 1
    return counts


def _erase(organization_id: str, kind: str, line: Line) -> Counter[str]:
    if not line.is_marked:
        deletion_log.mark([line], awaited=False)
    return system_data.delete(organization_id, kind, line.record_id)


def _attached_once(organization_id: str, target: RecordRef) -> Iterator[Line]:
    start: str | None = None
    while lines := deletion_log.about(organization_id, Attachment.KIND, target, start):
        yield from lines
        start = lines[-1].record_id


def _mark_attachments(organization_id: str, target: RecordRef) -> None:
    """Mark the attachments of a record; a document that is kept after all is unmarked later."""
    start: str | None = None
    while entries := _entries(organization_id, Attachment, attachments_of(*target), start):
        found = read_many(Attachment, organization_id, map(record_id_of, entries)).values()
        documents = read_many(Document, organization_id, [one.document_id for one in found])
        leaving = [one for one in documents.values() if one.made_for_attachment]
        # Attachments have neither rules nor a history, so their stream records are not awaited.
        deletion_log.mark(map(deletion_log.line_of, found), awaited=False)
        deletion_log.mark(map(deletion_log.line_of, leaving), awaited=True)
        start = str(entries[-1]["sk"])


def _entries(
    organization_id: str, kind: type[Record], name: str, start: str | None
) -> Sequence[dict[str, str]]:
    pk = keys.index_item(organization_id, kind.KIND, name, LOWEST).pk
    after = keys.Key(pk, start) if start else None
    return RECORDS.query(pk, (LOWEST, HIGHEST), PAGE, start=after)
