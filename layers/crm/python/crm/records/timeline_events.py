"""Timeline events of a record that are no records themselves, such as a merge into it.

The index items of a record's event list hold its events, by creation time; the timeline reads them.
"""

from typing import Any

from crm.platform import ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction

KIND = "event"
BATCH = 25


def add(
    transaction: Transaction,
    organization_id: str,
    record: RecordRef,
    what: str,
    by: str,
    title: str,
    data: dict[str, Any],
) -> None:
    """Add an event to a record's timeline.

    Args:
        transaction: the transaction of the event.
        organization_id: the organization's id.
        record: kind and id of the record.
        what: the type of the event in the timeline, such as `merge`.
        by: the user who caused it.
        title: one line about it.
        data: further details.
    """
    event: Item = {"type": what, "by": by, "title": title, "data": data}
    transaction.put(_key(organization_id, record, ids.new_id()), event)


def pk_of(organization_id: str, record: RecordRef) -> str:
    """Return the partition that holds the events of a record, by creation time."""
    return _key(organization_id, record, "").pk


def delete_all(organization_id: str, record: RecordRef) -> None:
    """Delete the events of a deleted record; safe to repeat."""
    left = True
    while left:
        events = _some(organization_id, record)
        RECORDS.batch_write([], [Key(event["pk"], event["sk"]) for event in events])
        left = len(events) == BATCH


def retarget(organization_id: str, old: RecordRef, new: RecordRef) -> None:
    """Move all events of a record to another record; safe to repeat."""
    while events := _some(organization_id, old):
        transaction = Transaction()
        for event in events:
            fields = {name: event[name] for name in ("type", "by", "title", "data")}
            transaction.put(_key(organization_id, new, event["sk"]), fields)
            transaction.delete(Key(event["pk"], event["sk"]))
        transaction.commit()


def _some(organization_id: str, record: RecordRef) -> list[Item]:
    return RECORDS.query(pk_of(organization_id, record), (LOWEST, HIGHEST), BATCH)


def _key(organization_id: str, record: RecordRef, event_id: str) -> Key:
    return keys.index_item(organization_id, KIND, "#".join(record), event_id)
