"""What hangs on a record and goes with it: activities, attachments, events, parts of its own.

Whatever points to a record demands, when it is committed, that the record stands. So once the
record is gone nothing is added, and what is there is found to its last: it is deleted before the
answer, and by the stream if the request was cut off.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import RECORD, Key
from crm.platform.dynamodb.lists import HIGHEST
from crm.platform.dynamodb.parallel import ahead, all_of
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import UnavailableError
from crm.records import timeline_events
from crm.records.owned_record import OwnedRecord
from crm.related.activities import service as activities
from crm.related.documents import attachments
from crm.tenancy.permissions import Caller

BATCH = 100

ACTIVITY = "activity"


def end(record: OwnedRecord, removal: Transaction | None = None) -> None:
    """Delete a record, and what hangs on it.

    Args:
        record: as it was read.
        removal: what deletes it, if that is more than the record alone.

    Raises:
        StaleReadError: somebody changed it meanwhile.
    """
    if removal is None:
        removal = Transaction()
        removal.remove(record)
    removal.commit()
    # The record is gone, whatever becomes of the rest: the stream does what is not done here.
    with suppress(UnavailableError):
        sweep(record.organization_id, record.KIND, record.id)


def sweep(
    organization_id: str,
    record_type: str,
    record_id: str,
    sweep_parts: Callable[[Key], None] | None = None,
) -> None:
    """Delete what hung on a deleted record; safe to repeat, also while others are at it.

    Args:
        organization_id: whose.
        record_type: the kind of the record.
        record_id: which.
        sweep_parts: what deletes the parts of the record, if others know of them.

    Raises:
        UnavailableError: others were quicker each time, or there is more than there is time for.
    """
    record = keys.record(organization_id, record_type, record_id)
    gone: list[str] = []
    all_of(
        [
            lambda: gone.extend(activities.sweep(organization_id, record_type, record_id)),
            lambda: attachments.sweep(organization_id, record_type, record_id),
            lambda: timeline_events.sweep(organization_id, (record_type, record_id)),
            lambda: (sweep_parts or _sweep_parts)(record),
        ]
    )
    if gone:
        sweep_of = partial(attachments.sweep, organization_id, ACTIVITY)
        all_of([partial(sweep_of, activity_id) for activity_id in gone])


def retarget(caller: Caller, old: tuple[str, str], new: tuple[str, str]) -> None:
    """Hang all that hangs on a record on another one; safe to repeat.

    Args:
        caller: who does it.
        old: kind and id of the record that nothing can be hung on any more.
        new: kind and id of the other one.
    """
    all_of(
        [
            partial(timeline_events.retarget, caller.organization_id, old, new),
            partial(hand_over, caller, old, new),
        ]
    )


def hand_over(caller: Caller, old: tuple[str, str], new: tuple[str, str]) -> None:
    """Hang the activities and attachments of a record on another one; safe to repeat.

    Args:
        caller: who does it.
        old: kind and id of the record, which keeps what is its own.
        new: kind and id of the other one.

    Raises:
        NotFoundError: there is no such other one.
        ConflictError: the other one is being merged into a third.
        UnavailableError: somebody else was quicker each time.
    """
    # One after the other: both demand that the other record stands, and would refuse each other.
    are_attached = ahead(partial(attachments.is_on, caller.organization_id, *old))
    activities.retarget(caller, old, new)
    if are_attached():
        attachments.retarget(caller, old, new)


def _sweep_parts(record: Key) -> None:
    """Delete the parts of a record, which nothing else knows of."""
    left = True
    while left:
        items = RECORDS.query(record.pk, (RECORD, RECORD + HIGHEST), BATCH)
        RECORDS.batch_write([], [Key(item["pk"], item["sk"]) for item in items])
        left = len(items) == BATCH
