"""Erases notifications about erased records, and those of an erased user."""

from collections.abc import Collection, Sequence

from crm.administration.erasure.scope import ErasureScope
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.queries import record_id_of
from crm.platform.dynamodb.table import RECORDS
from crm.tenancy.notifications.schemas import Notification, read_list, unread_list, user_list

PAGE = 500
"""Index items per query: they are small."""


def erase(organization_id: str, user_id: str, erased: ErasureScope | None) -> int:
    """Delete notifications of a user; safe to repeat.

    Args:
        organization_id: the organization of the notifications.
        user_id: the recipient.
        erased: the records whose notifications are deleted; None for all of the user.

    Returns:
        The number of deleted notifications.
    """
    pk, deleted = _entry(organization_id, user_list(user_id), user_id).pk, 0
    for entries in RECORDS.pages(pk, (LOWEST, HIGHEST), PAGE):
        wanted = entries if erased is None else _about(erased, entries)
        places = [key for entry in wanted for key in _places(organization_id, user_id, entry)]
        RECORDS.batch_write([], places)
        deleted += len(wanted)
    return deleted


def _about(erased: ErasureScope, entries: Sequence[Item]) -> Sequence[Item]:
    wanted = erased.among({_target(entry) for entry in entries if "about" in entry})
    return [entry for entry in entries if "about" in entry and _target(entry) in wanted]


def _target(entry: Item) -> RecordRef:
    kind, _, record_id = str(entry["about"]).partition("#")
    return RecordRef(kind, record_id)


def _places(organization_id: str, user_id: str, entry: Item) -> Collection[Key]:
    """Return the keys of a notification; the index item that it is found by is last."""
    names = (read_list(user_id), unread_list(user_id), user_list(user_id))
    return [
        keys.record(organization_id, Notification.KIND, record_id_of(entry)),
        *(_entry(organization_id, name, str(entry["sk"])) for name in names),
    ]


def _entry(organization_id: str, name: str, position: str) -> Key:
    return keys.index_item(organization_id, Notification.KIND, name, position)
