"""Who commits when, of threads that write many records for one job. Pure.

DynamoDB refuses a transaction that meets another one at any of its items, if only to check it, and
bills what it has refused. Records that are written at the same time often meet: at the stage of
deals, at the member whom they are assigned to. So those take turns, and the others do not wait.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Any


class Turns:
    """Lets one thread at a time come to a thing."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._locks: defaultdict[Any, Lock] = defaultdict(Lock)

    @contextmanager
    def at(self, things: Iterable[Any]) -> Iterator[None]:
        """Wait for one's turn at several things; nobody waits in a circle, for all wait in order.

        Args:
            things: hashable, and sortable among each other.
        """
        with ExitStack() as held:
            for thing in sorted(set(things)):
                with self._guard:
                    lock = self._locks[thing]
                held.enter_context(lock)
            yield
