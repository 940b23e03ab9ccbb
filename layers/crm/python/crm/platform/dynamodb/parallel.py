"""Concurrent independent reads: together they take the time of the slowest."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import Generic, TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")
One = TypeVar("One")
Other = TypeVar("Other")


def in_parallel(read: Callable[[Argument], Result], arguments: Iterable[Argument]) -> list[Result]:
    """Map a read over arguments, results in their order; a single read runs in this thread."""
    several = list(arguments)
    if len(several) == 1:
        return [read(several[0])]
    return list(_readers().map(read, several))


def together(one: Callable[[], One], other: Callable[[], Other]) -> tuple[One, Other]:
    """Run two different reads concurrently."""
    running = _readers().submit(one)
    second = other()
    return running.result(), second


def ahead(read: Callable[[], Result]) -> Callable[[], Result]:
    """Begin a read now. The returned function waits for it, and returns or raises its result.

    It has a pool of its own: threads of the parallel pool may wait for it, so it must not wait
    for them; nor for another read begun ahead, which may start only when this one has freed its
    thread.

    Args:
        read: sequential reads of the table, none of them in parallel or ahead.
    """
    return _ahead().submit(read).result


def all_of(works: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run different pieces of work concurrently, results in their order.

    All of them have ended when this returns or raises.

    Args:
        works: functions that do not change the same items. The last one runs in this thread, and
            only that one may itself read in parallel.
    """
    *others, last = works
    running = [_readers().submit(work) for work in others]
    try:
        own = last()
    finally:
        wait(running)
    return [*(one.result() for one in running), own]


class Ahead(Generic[Result]):
    """Results of a read that begins now, as by `ahead`; iteration waits for it."""

    def __init__(self, read: Callable[[], Iterable[Result]]) -> None:
        self._read = ahead(read)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._read())


def guarded(check: Callable[[], One], read: Callable[[], Other]) -> tuple[One, Other]:
    """Read data while a concurrent check decides whether the caller may see it.

    Args:
        check: the check, read as by `ahead`. An exception of it takes precedence over one of
            `read`: nothing is disclosed that the caller must not see.
        read: the read, whose keys do not depend on the check.
    """
    checking = ahead(check)
    try:
        found = read()
    finally:
        checked = checking()
    return checked, found


@cache
def _ahead() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=16)


@cache
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=16)
