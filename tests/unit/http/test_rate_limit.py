"""Counting a user's requests: never many more than the limit, and nobody refused below it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.http import rate_limit
from crm.http.rate_limit import SECONDS, STEP, Rate
from crm.platform.errors import RateLimitedError

ADA, BEN = "ada", "ben"
MINUTE = 29_000_000
START = MINUTE * SECONDS


@dataclass
class Shared:
    """The counter and the clock that all processes share.

    Attributes:
        now: seconds since 1970.
        sums: by user and minute.
        told: each addition, in order.
        silent: whether nothing reaches it.
    """

    now: float = START
    sums: Counter[tuple[str, int]] = field(default_factory=Counter)
    told: list[int] = field(default_factory=list)
    silent: bool = False
    lock: Lock = field(default_factory=Lock)

    def tell(self, user_id: str, minute: int, count: int) -> int:
        with self.lock:
            self.told.append(count)
            if self.silent:
                return 0
            self.sums[user_id, minute] += count
            return self.sums[user_id, minute]

    def process(self) -> Rate:
        return Rate(self.tell, lambda: self.now)


def passes(process: Rate, limit: int, user_id: str = ADA) -> bool:
    try:
        process.admit(user_id, limit)
    except RateLimitedError:
        return False
    return True


@pytest.mark.parametrize("limit", [1, 2, STEP - 1, STEP, STEP + 1, 2 * STEP, 137])
def test_one_process_admits_exactly_the_limit(limit: int) -> None:
    process = Shared().process()
    assert [passes(process, limit) for _ in range(limit + 50)] == [True] * limit + [False] * 50


def test_it_tells_of_twenty_at_a_time_and_of_no_refusal() -> None:
    shared = Shared()
    process = shared.process()
    for count, told in ((STEP - 1, []), (1, [STEP]), (STEP, [STEP] * 2), (500, [STEP] * 5)):
        for _ in range(count):
            passes(process, 5 * STEP)
        assert shared.told == told


def test_a_process_learns_what_others_have_counted() -> None:
    shared = Shared()
    one, other = shared.process(), shared.process()
    assert [passes(one, 30) for _ in range(STEP)] == [True] * STEP
    # The last of them is the first that is told of: so much too many pass.
    assert [passes(other, 30) for _ in range(STEP + 5)] == [True] * (STEP - 1) + [False] * 6
    assert [passes(one, 30) for _ in range(12)] == [True] * 10 + [False] * 2


def test_what_is_not_told_yet_counts_beside_what_is_known() -> None:
    shared = Shared()
    one, other = shared.process(), shared.process()
    assert [passes(process, 45) for process in (one, other) for _ in range(STEP)] == [True] * 40
    assert [passes(other, 45) for _ in range(8)] == [True] * 5 + [False] * 3


def test_answers_that_overtake_each_other() -> None:
    """The first telling is answered with 20, after the second one with 40."""
    shared = Shared()
    answers: list[int] = []

    def tell(user_id: str, minute: int, count: int) -> int:
        total = shared.tell(user_id, minute, count)
        if total == STEP:
            answers.extend(passes(process, 45) for _ in range(STEP))
        return total

    process = Rate(tell, lambda: shared.now)
    assert [passes(process, 45) for _ in range(STEP)] == [True] * STEP
    assert answers == [True] * STEP
    assert [passes(process, 45) for _ in range(8)] == [True] * 5 + [False] * 3


def test_users_do_not_count_for_each_other() -> None:
    process = Shared().process()
    assert [passes(process, 3, ADA) for _ in range(4)] == [True, True, True, False]
    assert [passes(process, 3, BEN) for _ in range(4)] == [True, True, True, False]


def test_the_next_minute_begins_at_nothing() -> None:
    shared = Shared(now=START + 59.999)
    process = shared.process()
    assert [passes(process, 25) for _ in range(26)] == [True] * 25 + [False]
    shared.now = START + SECONDS
    assert [passes(process, 25) for _ in range(26)] == [True] * 25 + [False]
    assert shared.sums == {(ADA, MINUTE): 20, (ADA, MINUTE + 1): 20}


@pytest.mark.parametrize(
    ("second", "wait"), [(0, "60"), (0.001, "60"), (1, "59"), (58.5, "2"), (59, "1"), (59.999, "1")]
)
def test_it_says_when_the_minute_ends(second: float, wait: str) -> None:
    shared = Shared(now=START + second)
    process = shared.process()
    process.admit(ADA, 1)
    with pytest.raises(RateLimitedError) as refusal:
        process.admit(ADA, 1)
    assert refusal.value.headers == {"Retry-After": wait}
    assert refusal.value.detail == "The limit is 1 a minute."


def test_a_minute_that_ends_while_the_counter_is_asked() -> None:
    shared = Shared(now=START + 59.9)

    def slow(user_id: str, minute: int, count: int) -> int:
        shared.now += 5
        return 1_000

    process = Rate(slow, lambda: shared.now)
    for _ in range(STEP - 1):
        process.admit(ADA, 100)
    with pytest.raises(RateLimitedError) as refusal:
        process.admit(ADA, 100)
    assert refusal.value.headers == {"Retry-After": "1"}
    assert passes(process, 100)


def test_without_the_counter_each_process_holds_the_limit() -> None:
    shared = Shared(silent=True)
    process = shared.process()
    assert [passes(process, 70) for _ in range(80)] == [True] * 70 + [False] * 10
    # What failed is not told again: it may have arrived.
    assert shared.told == [STEP] * 3


def test_what_was_known_of_others_stays_known() -> None:
    shared = Shared()
    one, other = shared.process(), shared.process()
    assert [passes(process, 100) for process in (one, other) for _ in range(STEP)] == [True] * 40
    shared.silent = True
    assert [passes(other, 100) for _ in range(65)] == [True] * 60 + [False] * 5


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MAX_USERS", 3)
    process = Shared().process()
    for user in ("a", "b", "c", "d", "d", "e"):
        process.admit(user, 100)
    assert list(process._windows) == ["c", "d", "e"]


def test_a_minute_that_is_over_is_forgotten() -> None:
    shared = Shared()
    process = shared.process()
    for number in range(100):
        process.admit(f"user-{number}", 10)
    shared.now += SECONDS
    process.admit(ADA, 10)
    assert list(process._windows) == [ADA]


@given(
    st.integers(1, 90),
    st.integers(1, 5),
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(1, 60), st.sampled_from([0, 0, 0, 7, 31])),
        max_size=30,
    ),
)
def test_never_more_than_the_limit_and_what_cannot_be_known(
    limit: int, count: int, bursts: list[tuple[int, int, int]]
) -> None:
    """Any number of processes, asked in any order: bursts of requests, and seconds that pass."""
    shared = Shared()
    processes = [shared.process() for _ in range(count)]
    sent: Counter[int] = Counter()
    admitted: Counter[int] = Counter()
    for process, requests, seconds in bursts:
        shared.now += seconds
        minute = int(shared.now // SECONDS)
        for _ in range(requests):
            sent[minute] += 1
            admitted[minute] += passes(processes[process % count], limit)
    for minute, requests in sent.items():
        assert min(requests, limit) <= admitted[minute] <= limit + (STEP - 1) * count


@given(st.integers(1, 90), st.lists(st.integers(0, 3), max_size=400), st.data())
def test_nor_while_answers_of_the_counter_are_on_their_way(
    limit: int, order: list[int], data: st.DataObject
) -> None:
    """In one process and in others: while one waits for the counter, others ask."""
    shared = Shared()
    waiting: list[int] = []
    most = 0
    admitted = 0
    schedule = iter(order)

    def tell(user_id: str, minute: int, count: int) -> int:
        nonlocal most
        total = shared.tell(user_id, minute, count)
        waiting.append(total)
        most = max(most, len(waiting))
        for _ in range(data.draw(st.integers(0, 30)) if len(waiting) < 4 else 0):
            ask()
        waiting.pop()
        return total

    processes = [Rate(tell, lambda: shared.now) for _ in range(4)]

    def ask() -> None:
        nonlocal admitted
        process = next(schedule, None)
        if process is not None:
            admitted += passes(processes[process], limit)

    for _ in order:
        ask()
    most_unknown = (STEP - 1) * (len(processes) + most)
    assert min(len(order), limit) <= admitted <= limit + most_unknown


def test_threads_of_one_process() -> None:
    shared = Shared()
    process = shared.process()
    limit, threads = 500, 8
    with ThreadPoolExecutor(threads) as pool:
        admitted = sum(pool.map(lambda _: passes(process, limit), range(2_000)))
    assert limit <= admitted <= limit + (STEP - 1) * threads
    assert set(shared.told) == {STEP}
