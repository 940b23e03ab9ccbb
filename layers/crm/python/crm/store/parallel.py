"""Independent reads at the same time: they cost the time of the slowest."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Generic, TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")
One = TypeVar("One")
Other = TypeVar("Other")


def in_parallel(read: Callable[[Argument], Result], arguments: Iterable[Argument]) -> list[Result]:
    """The same read of several arguments, results in their order."""
    return list(_readers().map(read, arguments))


def together(one: Callable[[], One], other: Callable[[], Other]) -> tuple[One, Other]:
    """Two different reads."""
    running = _readers().submit(one)
    second = other()
    return running.result(), second


class Ahead(Generic[Result]):
    """A reading that begins now, and is waited for when it is first looked at.

    It has threads of its own: it may be waited for by one of those that read in parallel, and so
    must not wait for any of them itself.

    Args:
        read: one read, of the store and of nothing that reads in parallel.
    """

    def __init__(self, read: Callable[[], Iterable[Result]]) -> None:
        self._running = _ahead().submit(read)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._running.result())


@cache
def _ahead() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=16)


@cache
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=16)
