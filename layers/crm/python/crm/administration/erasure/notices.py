"""Notifications about what is erased, and those of somebody who is."""

from collections.abc import Collection, Sequence

from crm.administration.erasure.scope import Erased
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.queries import record_id_of
from crm.platform.dynamodb.table import RECORDS
from crm.records.deletion_log import Target
from crm.tenancy.notifications.schemas import Notification, read_list, unread_list, user_list

PAGE = 500
"""Entries of a list are small."""


def forget(organization_id: str, user_id: str, erased: Erased | None) -> int:
    """Delete what a user was told; safe to repeat.

    Args:
        organization_id: where.
        user_id: who was told.
        erased: what the notifications are about; None for all that the user has.

    Returns:
        How many there were.
    """
    pk, deleted = _entry(organization_id, user_list(user_id), user_id).pk, 0
    for entries in RECORDS.pages(pk, (LOWEST, HIGHEST), PAGE):
        wanted = entries if erased is None else _about(erased, entries)
        places = [key for entry in wanted for key in _places(organization_id, user_id, entry)]
        RECORDS.batch_write([], places)
        deleted += len(wanted)
    return deleted


def _about(erased: Erased, entries: Sequence[Item]) -> Sequence[Item]:
    wanted = erased.among({_target(entry) for entry in entries if "about" in entry})
    return [entry for entry in entries if "about" in entry and _target(entry) in wanted]


def _target(entry: Item) -> Target:
    kind, _, record_id = str(entry["about"]).partition("#")
    return kind, record_id


def _places(organization_id: str, user_id: str, entry: Item) -> Collection[Key]:
    """Where a notification stands; its entry in the list of all, by which it is found, is last."""
    names = (read_list(user_id), unread_list(user_id), user_list(user_id))
    return [
        keys.record(organization_id, Notification.KIND, record_id_of(entry)),
        *(_entry(organization_id, name, str(entry["sk"])) for name in names),
    ]


def _entry(organization_id: str, name: str, position: str) -> Key:
    return keys.entry(organization_id, Notification.KIND, name, position)
