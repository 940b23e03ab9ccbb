"""A notification."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import ConfigDict

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.record import Record
from crm.platform.fields import Output, PageQuery


class NotificationQuery(PageQuery):
    """Filters of the list of notifications."""

    unread: bool | None = None


class NotifiedRecord(Output):
    """The record that a notification is about."""

    model_config = ConfigDict(frozen=True)

    type: str
    id: str


class Notification(Record):
    """What one user is told.

    Attributes:
        user_id: the notified user; nobody else may see the notification.
        record: what it is about.
        read_on: when it was first marked as read.
    """

    KIND: ClassVar[str] = "notification"
    private: ClassVar[frozenset[str]] = Record.private | {"user_id"}

    user_id: str
    subject: str
    body: str
    record: NotifiedRecord | None = None
    is_read: bool = False
    read_on: str | None = None

    def index_entries(self) -> Mapping[str, str]:
        # By time and not by id: an id that is derived from a rule's execution holds no time.
        place = f"{self.created_on}#{self.id}"
        name = read_list(self.user_id) if self.is_read else unread_list(self.user_id)
        return {user_list(self.user_id): place, name: place}

    def entry(self, name: str) -> Item:
        """Items of the full list name the record, to find the notifications of a deleted record."""
        if name != user_list(self.user_id) or self.record is None:
            return {}
        return {"about": f"{self.record.type}#{self.record.id}"}


def user_list(user_id: str) -> str:
    return f"user#{user_id}"


def unread_list(user_id: str) -> str:
    return f"unread#{user_id}"


def read_list(user_id: str) -> str:
    return f"read#{user_id}"
