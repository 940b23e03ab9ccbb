"""Deleting what stands together, page by page, as long as there is time."""

import time
from collections.abc import Iterator

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import Table

PAGE = 100


class TimeIsUpError(Exception):
    """What is left is for the next call: it finds less to do."""


class Deadline:
    """How long one call works.

    Args:
        seconds: from now on.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def check(self) -> None:
        """Raises: TimeIsUpError: it is past."""
        if time.monotonic() > self._until:
            raise TimeIsUpError


def pages(table: Table, pk: str, deadline: Deadline) -> Iterator[list[Item]]:
    """The items of a partition, whoever takes them deletes them: each page is the first one.

    Raises:
        TimeIsUpError: there is more.
    """
    while items := table.query(pk, (LOWEST, HIGHEST), PAGE):
        deadline.check()
        yield items


def wipe(table: Table, pk: str, deadline: Deadline) -> None:
    """Delete all items of a partition; safe to repeat.

    Raises:
        TimeIsUpError: there is more.
    """
    for items in pages(table, pk, deadline):
        table.batch_write([], keys_of(items))


def keys_of(items: list[Item]) -> list[Key]:
    return [Key(item["pk"], item["sk"]) for item in items]
