"""The cascade: deletion of a record's activities, attachments, events and child items.

Each write of a reference to a record has the condition that the record exists. So no dependents
are added after the deletion, and all existing ones are found: they are deleted before the
response, or by the stream if the request was interrupted.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import RECORD, Key, RecordRef
from crm.platform.dynamodb.lists import HIGHEST
from crm.platform.dynamodb.parallel import ahead, all_of
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import UnavailableError
from crm.records import references, timeline_events
from crm.records.owned_record import OwnedRecord
from crm.related.activities import service as activities
from crm.related.documents import attachments
from crm.tenancy.permissions import Caller

BATCH = 100

ACTIVITY = "activity"


def delete(record: OwnedRecord, removal: Transaction | None = None) -> None:
    """Delete a record and its dependents.

    Args:
        record: the record as it was read.
        removal: deletes more than the record, in the same transaction.

    Raises:
        StaleReadError: The record was changed since it was read.
    """
    removal = removal or Transaction()
    removal.delete_record(record)
    references.release(removal, record)
    removal.commit()
    # The record is deleted even if the rest fails: the stream deletes what is left.
    with suppress(UnavailableError):
        delete_dependents(record.organization_id, record.KIND, record.id)


def delete_dependents(
    organization_id: str,
    record_type: str,
    record_id: str,
    sweep_parts: Callable[[Key], None] | None = None,
) -> None:
    """Delete the dependents of a deleted record; safe to repeat, also concurrently.

    Args:
        organization_id: the organization's id.
        record_type: the kind of the record.
        record_id: the id of the record.
        sweep_parts: deletes the record's child items, if other items refer to them.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted, or there are more dependents
            than can be deleted in time.
    """
    record = keys.record(organization_id, record_type, record_id)
    deleted: list[str] = []
    all_of(
        [
            lambda: deleted.extend(
                activities.delete_about(organization_id, record_type, record_id)
            ),
            lambda: attachments.delete_of_record(organization_id, record_type, record_id),
            lambda: timeline_events.delete_all(organization_id, RecordRef(record_type, record_id)),
            lambda: (sweep_parts or _delete_child_items)(record),
        ]
    )
    if deleted:
        sweep_of = partial(attachments.delete_of_record, organization_id, ACTIVITY)
        all_of([partial(sweep_of, activity_id) for activity_id in deleted])


def transfer_all(caller: Caller, old: RecordRef, new: RecordRef) -> None:
    """Move all dependents of a record to another record; safe to repeat.

    Args:
        caller: the user who moves them.
        old: kind and id of the record, which gets no new dependents.
        new: kind and id of the other record.
    """
    all_of(
        [
            partial(timeline_events.retarget, caller.organization_id, old, new),
            partial(transfer, caller, old, new),
        ]
    )


def transfer(caller: Caller, old: RecordRef, new: RecordRef) -> None:
    """Move the activities and attachments of a record to another record; safe to repeat.

    Args:
        caller: the user who moves them.
        old: kind and id of the record, which keeps its events and child items.
        new: kind and id of the other record.

    Raises:
        NotFoundError: The other record does not exist.
        ConflictError: The other record is being merged into a third one.
        UnavailableError: Optimistic-lock retries are exhausted.
    """
    # In sequence: both check that the other record exists, and their transactions would conflict.
    are_attached = ahead(partial(attachments.is_on, caller.organization_id, *old))
    activities.retarget(caller, old, new)
    if are_attached():
        attachments.retarget(caller, old, new)


def _delete_child_items(record: Key) -> None:
    """Delete the child items of a record to which no other item refers."""
    left = True
    while left:
        items = RECORDS.query(record.pk, (RECORD, RECORD + HIGHEST), BATCH)
        RECORDS.batch_write([], [Key(item["pk"], item["sk"]) for item in items])
        left = len(items) == BATCH
