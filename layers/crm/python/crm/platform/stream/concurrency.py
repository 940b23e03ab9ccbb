"""Concurrent independent work: each piece waits far longer than it computes."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from threading import Event
from typing import TypeVar

LANES = 8

Thing = TypeVar("Thing")
Result = TypeVar("Result")

_warm = Event()


def map_concurrently(work: Callable[[Thing], Result], things: Sequence[Thing]) -> list[Result]:
    """Map a function over several things concurrently, results in their order.

    All calls have ended when this returns or raises: one that continued in the background would
    collide with the retry. After a failure no further call is begun.

    Args:
        work: a thread-safe function. It may read in parallel, but must not call `map_concurrently`.
        things: arguments that are independent of each other.

    Raises:
        The exception of `work` for the first thing with which it fails.
    """
    if len(things) == 1:
        return [work(things[0])]
    given_up = Event()

    def guarded(thing: Thing) -> list[Result]:
        if given_up.is_set():
            return []
        try:
            return [work(thing)]
        except BaseException:
            given_up.set()
            raise

    # So objects created on first use, such as clients of AWS, are created once, not in each lane.
    alone = 0 if _warm.is_set() else 1
    done = [guarded(thing) for thing in things[:alone]]
    _warm.set()
    running = [_lanes().submit(guarded, thing) for thing in things[alone:]]
    wait(running)
    done += [one.result() for one in running]
    return [result for results in done for result in results]


@cache
def _lanes() -> ThreadPoolExecutor:
    """Return a pool of its own: its work reads in parallel, in another pool that must stay free."""
    return ThreadPoolExecutor(max_workers=LANES)
