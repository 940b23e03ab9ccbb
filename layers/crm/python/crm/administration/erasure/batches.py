"""Deletes the items of a partition, page by page, until a deadline."""

import time
from collections.abc import Iterator

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import Table

PAGE = 100


class TimeIsUpError(Exception):
    """The deadline has passed; the next call deletes the rest."""


class NotReadyError(Exception):
    """Another writer may still use some data; the step is repeated later."""


class Deadline:
    """Time limit of one call.

    Args:
        seconds: the time that is left from now on.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def check(self) -> None:
        """Raises: TimeIsUpError: The deadline has passed."""
        if time.monotonic() > self._until:
            raise TimeIsUpError


def pages(table: Table, pk: str, deadline: Deadline) -> Iterator[list[Item]]:
    """Yield the items of a partition; the caller deletes each page, so the next is the first again.

    Raises:
        TimeIsUpError: The deadline has passed, and items are left.
    """
    while items := table.query(pk, (LOWEST, HIGHEST), PAGE):
        deadline.check()
        yield items


def delete_partition(table: Table, pk: str, deadline: Deadline) -> None:
    """Delete all items of a partition; safe to repeat.

    Raises:
        TimeIsUpError: The deadline has passed, and items are left.
    """
    for items in pages(table, pk, deadline):
        table.batch_write([], keys_of(items))


def keys_of(items: list[Item]) -> list[Key]:
    return [Key(item["pk"], item["sk"]) for item in items]
