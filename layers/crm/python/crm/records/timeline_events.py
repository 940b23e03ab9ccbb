"""What happened to a record and is no record itself: that it took in another one, for a start.

An event stands in a list of its record, by age: the timeline reads it there.
"""

from typing import Any

from crm.platform import ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction

KIND = "event"
BATCH = 25


def add(
    transaction: Transaction,
    organization_id: str,
    record: tuple[str, str],
    what: str,
    by: str,
    title: str,
    data: dict[str, Any],
) -> None:
    """Let a record's timeline say that something happened.

    Args:
        transaction: the one in which it happens.
        organization_id: whose.
        record: kind and id.
        what: the type that the timeline gives it, such as `merge`.
        by: the user who did it.
        title: one line about it.
        data: more about it.
    """
    event: Item = {"type": what, "by": by, "title": title, "data": data}
    transaction.put(_key(organization_id, record, ids.new_id()), event)


def pk_of(organization_id: str, record: tuple[str, str]) -> str:
    """The partition that the events of a record stand in, by age."""
    return _key(organization_id, record, "").pk


def sweep(organization_id: str, record: tuple[str, str]) -> None:
    """Delete the events of a deleted record; safe to repeat."""
    left = True
    while left:
        events = _some(organization_id, record)
        RECORDS.batch_write([], [Key(event["pk"], event["sk"]) for event in events])
        left = len(events) == BATCH


def retarget(organization_id: str, old: tuple[str, str], new: tuple[str, str]) -> None:
    """Make all events of a record another one's; safe to repeat."""
    while events := _some(organization_id, old):
        transaction = Transaction()
        for event in events:
            told = {name: event[name] for name in ("type", "by", "title", "data")}
            transaction.put(_key(organization_id, new, event["sk"]), told)
            transaction.delete(Key(event["pk"], event["sk"]))
        transaction.commit()


def _some(organization_id: str, record: tuple[str, str]) -> list[Item]:
    return RECORDS.query(pk_of(organization_id, record), (LOWEST, HIGHEST), BATCH)


def _key(organization_id: str, record: tuple[str, str], event_id: str) -> Key:
    return keys.entry(organization_id, KIND, "#".join(record), event_id)
