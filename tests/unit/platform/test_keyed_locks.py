"""Threads that take locks where they meet, and nowhere else."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from crm.platform.dynamodb.keyed_locks import KeyedLocks

THREADS = 8


def test_one_at_a_time_comes_to_a_thing_and_nobody_waits_for_ever() -> None:
    locks, chance = KeyedLocks(), random.Random(20261122)  # noqa: S311
    sets = [chance.sample(range(6), chance.randint(0, 4)) for _ in range(400)]
    held: list[int] = []
    met: list[int] = []

    def come(things: list[int]) -> None:
        with locks.hold(things):
            met.extend(set(things) & set(held))
            held.extend(things)
            time.sleep(0.0005)  # for others to come, if they could
            for thing in things:
                held.remove(thing)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(come, sets, timeout=60))
    assert met == []


def test_those_who_do_not_meet_do_not_wait() -> None:
    locks, together = KeyedLocks(), threading.Barrier(THREADS, timeout=10)

    def come(thing: int) -> int:
        with locks.hold([thing, (thing + 1) * 100]):
            return together.wait()

    with ThreadPoolExecutor(THREADS) as pool:
        assert sorted(pool.map(come, range(THREADS))) == list(range(THREADS))


def test_a_turn_ends_with_an_error_too() -> None:
    locks = KeyedLocks()
    for _ in range(2):
        try:
            with locks.hold(["a", "a", "b"]):
                raise ValueError
        except ValueError:
            continue
