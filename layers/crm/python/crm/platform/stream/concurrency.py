"""Independent pieces of work at the same time: each waits far longer than it computes."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from threading import Event
from typing import TypeVar

from crm.platform.dynamodb.parallel import all_of as all_of

LANES = 8

Thing = TypeVar("Thing")
Result = TypeVar("Result")

_warm = Event()


def work_off(work: Callable[[Thing], Result], things: Sequence[Thing]) -> list[Result]:
    """Do the same with several things, results in their order.

    All that was begun has ended when this returns or raises: what goes on behind it would meet
    the next attempt. Once one has failed, no other is begun.

    Args:
        work: bears being done with several things at once. It may read in parallel, but must not
            work off anything itself.
        things: have nothing to do with each other.

    Raises:
        What `work` raises, of the first thing that it fails with.
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

    # What is made on first use, such as clients of AWS, is made once and not in each lane.
    alone = 0 if _warm.is_set() else 1
    done = [guarded(thing) for thing in things[:alone]]
    _warm.set()
    running = [_lanes().submit(guarded, thing) for thing in things[alone:]]
    wait(running)
    done += [one.result() for one in running]
    return [result for results in done for result in results]


@cache
def _lanes() -> ThreadPoolExecutor:
    """Threads of their own: what they run reads in parallel, in threads that must stay free."""
    return ThreadPoolExecutor(max_workers=LANES)
