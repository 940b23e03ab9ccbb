"""A few clients at once, each in a thread: what they ask is drawn from a seed, when is not."""

import random
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import httpx

from tests.assurance.linearity.histories import History
from tests.support.integration.client import Person

Asked = TypeVar("Asked", bound=Hashable)
Answered = TypeVar("Answered", bound=Hashable)

Turn = Callable[[History[Asked, Answered], int, random.Random], None]
"""One request of one client: the history, the client's number, their luck."""

MOST_CLIENTS = 4
REQUESTS = (2, 5)
"""Of each client, at least and at most."""

PAUSE = 0.03
"""Seconds that a client waits at most before a request."""

GIVES_UP = 0.05
"""Probability that a client does not wait for the response."""

PATIENCE = (0.002, 0.06)
"""Seconds that such a client waits, at least and at most."""


def at_once(turn: Turn[Asked, Answered], luck: random.Random) -> History[Asked, Answered]:
    """Let two to four clients make their requests."""
    clients = luck.randint(2, MOST_CLIENTS)
    seeds = [luck.getrandbits(64) for _ in range(clients)]
    history: History[Asked, Answered] = History()
    barrier = Barrier(clients)

    def be(client: int) -> None:
        mine = random.Random(seeds[client])
        barrier.wait(60)
        for _ in range(mine.randint(*REQUESTS)):
            pause(mine)
            turn(history, client, mine)

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(be, range(clients)))
    return history


def send(
    who: Person, luck: random.Random, method: str, path: str, **options: Any
) -> httpx.Response | None:
    """A request, by a client who now and then does not wait for the answer.

    Returns:
        The answer; None if what came of the request is unknown: the client has given up, or the
        server says that it may have been overwhelmed.
    """
    if luck.random() < GIVES_UP:
        options["timeout"] = luck.uniform(*PATIENCE)
    try:
        answer = who.send(method, path, **options)
    except httpx.TimeoutException:
        return None
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    return None if answer.status_code == 503 else answer


def pause(luck: random.Random) -> None:
    """Wait a little or not at all: requests that meet are what it is about."""
    if luck.random() < 0.5:
        time.sleep(luck.uniform(0, PAUSE))
