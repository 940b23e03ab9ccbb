"""Notifications: telling a user, and what they see of it. Nobody else does, admins included."""

from collections.abc import Sequence
from typing import Any

from crm.platform import clock
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import Allowance, EntryList
from crm.platform.dynamodb.queries import read, read_many, record_ids_of, record_list
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
"""How many of a transaction's operations a notification takes."""


def notify(
    transaction: Transaction,
    organization_id: str,
    user_id: str,
    notification_id: str,
    subject: str,
    body: str,
    record: tuple[str, str] | None,
) -> Notification:
    """Tell a user something.

    Args:
        transaction: the one that makes it happen.
        organization_id: where.
        user_id: who is told.
        notification_id: the same one for the same event, always.
        subject: a line.
        body: the text.
        record: kind and id of the record that it is about, if any.

    The commit raises:
        StaleReadError: there is a notification of this id already.
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
    """One of the caller's own notifications.

    Raises:
        NotFoundError: there is no such one.
    """
    found = read(Notification, caller.organization_id, notification_id)
    if found is None or found.user_id != caller.user_id:
        raise NotFoundError
    return found


def search(caller: Caller, query: NotificationQuery) -> EntryList:
    """The caller's own notifications, newest first."""
    name = {None: user_list, True: unread_list, False: read_list}[query.unread]
    user_id, organization_id = caller.user_id, caller.organization_id
    return record_list(Notification, organization_id, name(user_id), Allowance())


def rows(caller: Caller, entries: Sequence[Item]) -> list[dict[str, Any]]:
    """The rows of a page of `search`."""
    found = read_many(Notification, caller.organization_id, record_ids_of(entries))
    return [one.answer() for one in found.values()]


def mark_read(transaction: Transaction, caller: Caller, old: Notification) -> Notification:
    """Note that the caller has read one; what was read before stays as it is."""
    if old.is_read:
        return old
    moment = clock.timestamp(clock.now())
    new = old.changed(caller.user_id, is_read=True, read_on=moment)
    transaction.save(new, old)
    return new
