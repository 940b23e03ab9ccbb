"""Create and read notifications. Only their user may see them; admins may not."""

from collections.abc import Sequence

from crm.platform import clock
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.lists import EntryList, ReadBudget
from crm.platform.dynamodb.queries import read, read_many, record_ids_of, record_list
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import NotFoundError
from crm.tenancy.notifications.schemas import (
    Notification,
    NotificationQuery,
    NotifiedRecord,
    read_list,
    unread_list,
    user_list,
)
from crm.tenancy.permissions import Caller

OPERATIONS = 3
"""Operations of a transaction per notification."""


def notify(
    transaction: Transaction,
    organization_id: str,
    user_id: str,
    notification_id: str,
    subject: str,
    body: str,
    record: RecordRef | None,
) -> Notification:
    """Create a notification for a user.

    Args:
        transaction: the transaction of the notified event.
        organization_id: the organization's id.
        user_id: the user to notify.
        notification_id: always the same id for the same event.
        subject: a line.
        body: the text.
        record: kind and id of the record that it is about, if any.

    The commit raises:
        StaleReadError: A notification of this id exists already.
    """
    about = NotifiedRecord(type=record[0], id=record[1]) if record else None
    made = Notification.create(
        organization_id,
        user_id,
        id=notification_id,
        user_id=user_id,
        subject=subject,
        body=body,
        record=about,
    )
    transaction.save(made, None)
    return made


def find(caller: Caller, notification_id: str) -> Notification:
    """Return one of the caller's own notifications.

    Raises:
        NotFoundError: The caller has no such notification.
    """
    found = read(Notification, caller.organization_id, notification_id)
    if found is None or found.user_id != caller.user_id:
        raise NotFoundError
    return found


def search(caller: Caller, query: NotificationQuery) -> EntryList:
    """List the caller's own notifications, newest first."""
    name = {None: user_list, True: unread_list, False: read_list}[query.unread]
    user_id, organization_id = caller.user_id, caller.organization_id
    return record_list(Notification, organization_id, name(user_id), ReadBudget())


def rows(caller: Caller, entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of `search`."""
    found = read_many(Notification, caller.organization_id, record_ids_of(entries))
    return [one.answer() for one in found.values()]


def mark_read(transaction: Transaction, caller: Caller, old: Notification) -> Notification:
    """Mark a notification as read; the time of the first reading is kept."""
    if old.is_read:
        return old
    moment = clock.timestamp(clock.now())
    new = old.changed(caller.user_id, is_read=True, read_on=moment)
    transaction.save(new, old)
    return new
