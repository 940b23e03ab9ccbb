"""Reads at the same time: which of them outranks which, and that none waits for another."""

from threading import Barrier, Event
from typing import Any

import pytest

from crm.platform.dynamodb.parallel import Ahead, ahead, all_of, guarded
from crm.platform.errors import ConflictError, NotFoundError

SECONDS = 10.0


def answer(result: Any) -> Any:
    """Raise an exception, answer anything else."""
    if isinstance(result, Exception):
        raise result
    return result


def test_ahead_begins_before_it_is_looked_at() -> None:
    both = Barrier(2, timeout=SECONDS)
    read = ahead(both.wait)
    assert {both.wait(), read()} == {0, 1}


def test_ahead_raises_what_it_raises_as_often_as_it_is_asked() -> None:
    read = ahead(lambda: answer(NotFoundError()))
    for _ in range(2):
        with pytest.raises(NotFoundError):
            read()


def test_several_things_ahead_are_read_once() -> None:
    reads: list[int] = []

    def read() -> list[str]:
        reads.append(1)
        return ["a", "b"]

    several = Ahead(read)
    assert [list(several), list(several)] == [["a", "b"]] * 2
    assert reads == [1]


def test_what_is_guarded_is_read_at_the_same_time() -> None:
    both = Barrier(2, timeout=SECONDS)
    assert set(guarded(both.wait, both.wait)) == {0, 1}


def test_both_results_in_their_order() -> None:
    assert guarded(lambda: "checked", lambda: "found") == ("checked", "found")


@pytest.mark.parametrize("read", ["found", ConflictError(), ZeroDivisionError()])
def test_a_refusal_outranks_whatever_was_read(read: Any) -> None:
    with pytest.raises(NotFoundError):
        guarded(lambda: answer(NotFoundError()), lambda: answer(read))


def test_without_a_refusal_the_reading_says_what_is_wrong() -> None:
    with pytest.raises(ConflictError):
        guarded(lambda: "checked", lambda: answer(ConflictError()))


def test_all_of_them_run_at_the_same_time() -> None:
    three = Barrier(3, timeout=SECONDS)
    assert sorted(all_of([three.wait] * 3)) == [0, 1, 2]


def test_all_of_them_answer_in_their_order() -> None:
    assert all_of([lambda: "a", lambda: "b", lambda: "c"]) == ["a", "b", "c"]


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_when_one_of_them_fails_all_have_ended(failing: int) -> None:
    going_on, ended = Event(), []

    def work(place: int) -> None:
        if place == failing:
            going_on.set()
            raise ConflictError
        assert going_on.wait(SECONDS)
        ended.append(place)

    with pytest.raises(ConflictError):
        all_of([lambda place=place: work(place) for place in range(3)])
    assert len(ended) == 2
