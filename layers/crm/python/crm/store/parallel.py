"""Independent reads at the same time: they cost the time of the slowest."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

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


@cache
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=16)
