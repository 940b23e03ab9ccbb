"""Independent reads at the same time: they cost the time of the slowest."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import Generic, TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")
One = TypeVar("One")
Other = TypeVar("Other")


def in_parallel(read: Callable[[Argument], Result], arguments: Iterable[Argument]) -> list[Result]:
    """The same read of several arguments, results in their order; a single one by this thread."""
    several = list(arguments)
    if len(several) == 1:
        return [read(several[0])]
    return list(_readers().map(read, several))


def together(one: Callable[[], One], other: Callable[[], Other]) -> tuple[One, Other]:
    """Two different reads."""
    running = _readers().submit(one)
    second = other()
    return running.result(), second


def ahead(read: Callable[[], Result]) -> Callable[[], Result]:
    """Begin a reading now. What comes back waits for it, and raises what it raises.

    It has threads of its own: it may be waited for by one of those that read in parallel, and so
    must not wait for any of them itself; nor for another one that was begun ahead, whose turn may
    come only when this one has given its thread back.

    Args:
        read: one read after the other, of the store and of nothing that reads in parallel or ahead.
    """
    return _ahead().submit(read).result


def all_of(works: Sequence[Callable[[], Result]]) -> list[Result]:
    """Different pieces of work at the same time, results in their order.

    All of them have ended when this returns or raises.

    Args:
        works: which do not change the same items. The last one is done by this thread, and is the
            only one that may itself read in parallel.
    """
    *others, last = works
    running = [_readers().submit(work) for work in others]
    try:
        own = last()
    finally:
        wait(running)
    return [*(one.result() for one in running), own]


class Ahead(Generic[Result]):
    """Several things whose reading begins now, as `ahead` reads: looked at, they are waited for."""

    def __init__(self, read: Callable[[], Iterable[Result]]) -> None:
        self._read = ahead(read)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._read())


def guarded(check: Callable[[], One], read: Callable[[], Other]) -> tuple[One, Other]:
    """Read something while it is found out whether that may be answered.

    Args:
        check: what must hold, read as `ahead` reads. What it raises outranks whatever `read`
            does: nothing shows of what must not be seen.
        read: what is known where to find without it.
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
