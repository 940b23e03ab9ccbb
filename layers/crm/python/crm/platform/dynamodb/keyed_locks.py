"""Locks by item, for threads that write many records for one job. Pure.

DynamoDB refuses a transaction that shares any item with a concurrent one, even one that is only
checked, and bills the refused transaction. Records written concurrently often share items: the
stage of deals, the member whom they are assigned to. So transactions that share an item are
serialized, and the others do not wait.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Any


class KeyedLocks:
    """Locks that are created per key."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._locks: defaultdict[Any, Lock] = defaultdict(Lock)

    @contextmanager
    def hold(self, things: Iterable[Any]) -> Iterator[None]:
        """Hold the locks of several keys; acquired in sort order, they cannot deadlock.

        Args:
            things: keys, hashable and comparable with each other.
        """
        with ExitStack() as held:
            for thing in sorted(set(things)):
                with self._guard:
                    lock = self._locks[thing]
                held.enter_context(lock)
            yield
