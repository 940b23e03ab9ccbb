"""A batch of stream records: each key's in order, none lost."""

import json
import time
from collections.abc import Mapping
from threading import Barrier, Event, Semaphore
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from crm.platform.errors import UnavailableError
from crm.platform.stream import concurrency, runner


class Queue:
    """Takes what is parked."""

    def __init__(self) -> None:
        self.parked: list[Any] = []

    def send_message(self, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        assert QueueUrl == "https://queue"
        self.parked.append(json.loads(MessageBody))


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    made = Queue()
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", "https://queue")
    monkeypatch.setattr(runner, "_client", lambda: made)
    return made


def record(key: str, number: int = 0) -> dict[str, Any]:
    return {
        "eventID": f"{key}{number}",
        "dynamodb": {
            "Keys": {"pk": {"S": key}, "sk": {"S": "#"}},
            "OldImage": {"n": {"N": str(number)}},
            "NewImage": {"n": {"N": str(number + 1)}},
        },
    }


class Handler:
    """Handles records, but for those that it cannot."""

    def __init__(self, poison: set[str], error: type[Exception] = ValueError) -> None:
        self.poison, self.error = poison, error
        self.tried: list[str] = []
        self.done: list[str] = []

    def __call__(self, one: Mapping[str, Any]) -> None:
        self.tried.append(one["eventID"])
        if one["eventID"] in self.poison:
            raise self.error("no")
        self.done.append(one["eventID"])


def test_all_in_order(queue: Queue) -> None:
    handler = Handler(set())
    runner.run([record("a", 1), record("b", 1), record("a", 2)], handler)
    assert sorted(handler.tried) == ["a1", "a2", "b1"]
    assert handler.tried.index("a1") < handler.tried.index("a2")
    assert queue.parked == []


@pytest.mark.parametrize("warm", [False, True])
def test_keys_are_handled_at_the_same_time(
    queue: Queue, monkeypatch: pytest.MonkeyPatch, warm: bool
) -> None:
    """In a process that has just begun, all but the first."""
    monkeypatch.setattr(concurrency, "_warm", Event())
    if warm:
        concurrency._warm.set()
    met = Barrier(2)

    def meet(one: Mapping[str, Any]) -> None:
        if one["eventID"] != "a0":
            met.wait(timeout=10)

    keys = ["b", "c"] if warm else ["a", "b", "c"]
    runner.run([record(key) for key in keys], meet)
    assert queue.parked == []


def test_what_was_begun_has_ended_when_a_batch_fails(queue: Queue) -> None:
    """After a failure no further record is begun."""
    concurrency._warm.set()
    begun = Semaphore(0)
    ended: list[str] = []

    def slow(one: Mapping[str, Any]) -> None:
        if one["eventID"] == "00":
            for _ in range(concurrency.LANES - 1):
                assert begun.acquire(timeout=10)
            raise UnavailableError
        begun.release()
        time.sleep(0.1)
        ended.append(one["eventID"])

    with pytest.raises(UnavailableError):
        runner.run([record(f"{number}") for number in range(4 * concurrency.LANES)], slow)
    assert len(ended) == concurrency.LANES - 1
    time.sleep(0.2)
    assert len(ended) == concurrency.LANES - 1


def test_the_first_failure_of_a_key_stops_that_key_alone(queue: Queue) -> None:
    handler = Handler({"a2"})
    batch = [record("a", 1), record("a", 2), record("b", 1), record("a", 3), record("b", 2)]
    runner.run(batch, handler)
    assert sorted(handler.done) == ["a1", "b1", "b2"]
    assert handler.tried.count("a2") == runner.ATTEMPTS
    assert "a3" not in handler.tried
    assert queue.parked == [batch[1], batch[3]]


def test_a_failure_that_passes_is_tried_again(queue: Queue) -> None:
    handler = Handler({"a1"})

    def heal(one: Mapping[str, Any]) -> None:
        try:
            handler(one)
        except ValueError:
            handler.poison.clear()
            raise

    runner.run([record("a", 1), record("a", 2)], heal)
    assert handler.done == ["a1", "a2"]
    assert queue.parked == []


def test_when_the_infrastructure_fails_nothing_is_parked(queue: Queue) -> None:
    handler = Handler({"b1"}, UnavailableError)
    with pytest.raises(UnavailableError):
        runner.run([record("b", 1), record("b", 2)], handler)
    assert handler.tried == ["b1"]
    assert queue.parked == []


FAILED: Any = {"Error": {"Code": "x"}, "ResponseMetadata": {"HTTPStatusCode": 500}}


@pytest.mark.parametrize(
    "overload",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem"),
        ClientError(FAILED, "PutItem"),
        EndpointConnectionError(endpoint_url="https://dynamodb"),
    ],
    ids=["throttled", "failed", "unreachable"],
)
def test_an_overload_of_what_is_called_repeats_the_batch(queue: Queue, overload: Exception) -> None:
    tried: list[str] = []

    def call(one: Mapping[str, Any]) -> None:
        tried.append(one["eventID"])
        raise overload

    with pytest.raises(UnavailableError):
        runner.run([record("a", 1), record("a", 2)], call)
    assert tried == ["a1"]
    assert queue.parked == []


def test_a_record_that_cannot_be_parked_is_not_passed_over(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(queue, "send_message", fail)
    with pytest.raises(ConnectionError):
        runner.run([record("a", 1)], Handler({"a1"}))


@given(st.lists(st.sampled_from("abc"), max_size=12), st.sets(st.integers(0, 11), max_size=4))
def test_every_record_is_done_or_parked_once(keys: list[str], failing: set[int]) -> None:
    batch = [record(key, number) for number, key in enumerate(keys)]
    handler = Handler({f"{keys[number]}{number}" for number in failing if number < len(keys)})
    queue = Queue()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEAD_LETTER_QUEUE_URL", "https://queue")
        patch.setattr(runner, "_client", lambda: queue)
        runner.run(batch, handler)
    parked = [one["eventID"] for one in queue.parked]
    assert sorted(handler.done + parked) == sorted(one["eventID"] for one in batch)
    for key in "abc":
        events = [one["eventID"] for one in batch if one["eventID"][0] == key]
        done = [one for one in handler.done if one[0] == key]
        assert done + [one for one in parked if one[0] == key] == events
