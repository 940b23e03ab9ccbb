"""Dead letters: each is done as its queue asks for, in order, and leaves when it is done."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from local.errors import LocalStackError
from tools.ops import dead_letters
from tools.ops.dead_letters import Batch, parcels
from tools.ops.redrive import GONE, Redrive

DEAD, WORK = "https://dead", "https://work"


def record(key: str, position: int, sort_key: str = "#", size: int = 0) -> dict[str, Any]:
    return {
        "eventID": f"{key}{position}",
        "dynamodb": {
            "Keys": {"pk": {"S": key}, "sk": {"S": sort_key}},
            "SequenceNumber": f"{position:010}",
            "NewImage": {"text": {"S": "x" * size}},
        },
    }


def batch(first: int, last: int) -> dict[str, Any]:
    told = {
        "shardId": "shard",
        "startSequenceNumber": f"{first:010}",
        "endSequenceNumber": f"{last:010}",
        "batchSize": 2,
        "streamArn": "stream",
    }
    return {"requestContext": {"condition": "RetryAttemptsExhausted"}, "DDBStreamBatchInfo": told}


@dataclass
class Stack:
    """A stack that has one dead-letter queue, and a stream."""

    dead: list[str]
    stream: list[dict[str, Any]] = field(default_factory=list)
    broken: Callable[[Any], bool] = lambda _: False
    calls: list[tuple[str, Any]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()

    def outputs(self) -> dict[str, str]:
        dead = {f"{name.capitalize()}DeadLetterQueueUrl": DEAD for name in dead_letters.KINDS}
        tables = {"BookkeepingTable": "bookkeeping"}
        return tables | dead | {f"{name.capitalize()}QueueUrl": WORK for name in dead_letters.KINDS}

    def get_item(self, **asked: Any) -> dict[str, Any]:
        assert (asked["TableName"], asked["Key"]["pk"]) == ("bookkeeping", {"S": "ERASED"})
        return {"Item": asked["Key"]} if asked["Key"]["sk"]["S"] in self.erased else {}

    def call(self, function: str, event: Any) -> None:
        self.calls.append((function, event))
        if self.broken(event):
            raise LocalStackError(f"{function} failed: ValueError")

    def client(self, _service: str) -> Any:
        return self

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        assert asked["QueueUrl"] == DEAD
        page, self.dead = self.dead[:10], self.dead[10:]
        found = [{"ReceiptHandle": f"{len(self.held) + n}", "Body": b} for n, b in enumerate(page)]
        self.held |= {one["ReceiptHandle"]: one["Body"] for one in found}
        return {"Messages": found} if found else {}

    def send_message(self, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        assert QueueUrl == WORK
        self.sent.append(MessageBody)

    def delete_message(self, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803
        assert QueueUrl == DEAD
        del self.held[ReceiptHandle]

    def change_message_visibility(self, ReceiptHandle: str, **asked: Any) -> None:  # noqa: N803
        assert asked == {"QueueUrl": DEAD, "VisibilityTimeout": 0}
        self.dead.append(self.held.pop(ReceiptHandle))

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        return {"Attributes": {"ApproximateNumberOfMessages": str(len(self.dead))}}

    def get_shard_iterator(self, SequenceNumber: str, **_: Any) -> dict[str, str]:  # noqa: N803
        numbers = [one["dynamodb"]["SequenceNumber"] for one in self.stream]
        if SequenceNumber not in numbers:
            raise ClientError({"Error": {"Code": "TrimmedDataAccessException"}}, "GetShardIterator")
        return {"ShardIterator": str(numbers.index(SequenceNumber))}

    def get_records(self, ShardIterator: str, Limit: int) -> dict[str, Any]:  # noqa: N803
        start = int(ShardIterator)
        return {"Records": self.stream[start : start + 2], "NextShardIterator": str(start + 2)}


def redrive(name: str, *bodies: Any, **otherwise: Any) -> tuple[Stack, Any]:
    stack = Stack([json.dumps(body) for body in bodies], **otherwise)
    return stack, Redrive(stack, name).run()  # type: ignore[arg-type]


def given_to(stack: Stack) -> list[list[str]]:
    return [[one["eventID"] for one in event["Records"]] for _, event in stack.calls]


def test_records_go_to_their_function_key_by_key_in_order() -> None:
    stack, report = redrive("projections", record("a", 2), record("b", 1), record("a", 1))
    assert given_to(stack) == [["a1", "a2"], ["b1"]]
    assert {name for name, _ in stack.calls} == {"projections"}
    assert (report.taken, report.handed_on, report.failed, report.waiting) == (3, 3, {}, 0)
    assert report.is_clear
    assert stack.held == {}


def test_nothing_comes_of_what_an_organization_had_that_is_no_more() -> None:
    gone, stays = "ORG#gone#DEAL#1", "ORG#stays#DEAL#1"
    end = {**record(gone, 2), "dynamodb": {"Keys": record(gone, 2)["dynamodb"]["Keys"]}}
    bodies = (record(gone, 1), record(stays, 1), end, record("USER#gone", 1))
    stack, report = redrive("projections", *bodies, erased=frozenset({"gone"}))
    assert given_to(stack) == [[f"{stays}1"], [f"{gone}2"], ["USER#gone1"]]
    assert (report.handed_on, report.failed, stack.held) == (4, {}, {})


def test_what_fails_stays_and_the_rest_goes_on() -> None:
    def broken(event: Any) -> bool:
        return bool(event["Records"][0]["eventID"] == "a1")

    stack, report = redrive("automation", record("a", 1), record("b", 1), broken=broken)
    assert (report.handed_on, report.failed) == (1, {"automation failed: ValueError": 1})
    assert [json.loads(one)["eventID"] for one in stack.dead] == ["a1"]
    assert not report.is_clear


def test_a_batch_that_lambda_gave_up_is_read_from_the_stream() -> None:
    stream = [record("a", 1), record("a", 2, "TITLE#"), record("b", 3), record("c", 4)]
    for one in stream:
        one["dynamodb"]["ApproximateCreationDateTime"] = datetime(2026, 11, 22, tzinfo=UTC)
        one["dynamodb"]["NewImage"]["bytes"] = {"B": b"\x00"}
    stack, report = redrive("projections", batch(1, 3), record("a", 0), stream=stream)
    assert given_to(stack) == [["a0", "a1"], ["b3"]]
    assert report.handed_on == 2
    handed = next(one for _, event in stack.calls for one in event["Records"][-1:])
    assert handed["dynamodb"]["NewImage"]["bytes"] == {"B": "AA=="}
    assert handed["dynamodb"]["ApproximateCreationDateTime"] == 1795305600.0


@pytest.mark.parametrize("stream", [[], [record("a", 1)]], ids=["trimmed", "cut"])
def test_a_batch_that_the_stream_has_no_more_is_never_taken_for_done(stream: Any) -> None:
    stack, report = redrive("projections", batch(1, 3), stream=stream)
    [(reason, count)] = report.failed.items()
    assert (reason.startswith(GONE), count, report.handed_on) == (True, 1, 0)
    assert (stack.calls, len(stack.dead)) == ([], 1)


def test_a_batch_of_which_one_key_fails_stays() -> None:
    stack, report = redrive(
        "projections",
        batch(1, 2),
        stream=[record("a", 1), record("b", 2)],
        broken=lambda event: event["Records"][0]["eventID"] == "b2",
    )
    assert (report.handed_on, len(stack.calls), len(stack.dead)) == (0, 2, 1)


@pytest.mark.parametrize("name", ["timers", "uploads"])
def test_an_event_goes_to_its_function_as_it_came(name: str) -> None:
    letter = {"requestPayload": {"organization_id": "1"}, "responsePayload": {}}
    stack, report = redrive(name, letter)
    assert stack.calls == [(name, {"organization_id": "1"})]
    assert (report.handed_on, stack.held) == (1, {})
    stack, report = redrive(name, letter, broken=lambda _: True)
    assert (report.handed_on, report.failed) == (0, {f"{name} failed: ValueError": 1})
    assert stack.dead == [json.dumps(letter)]


@pytest.mark.parametrize("name", ["deliveries", "imports", "exports"])
def test_a_message_goes_back_to_its_queue(name: str) -> None:
    bodies = [{"job_id": str(n)} for n in range(25)]
    stack, report = redrive(name, *bodies)
    assert [json.loads(one) for one in stack.sent] == bodies
    assert (report.taken, report.handed_on, stack.held) == (25, 25, {})


def test_a_queue_that_there_is_not() -> None:
    with pytest.raises(LocalStackError, match="projections, automation"):
        redrive("nothing")


def test_too_much_for_one_call_is_left_for_the_next() -> None:
    large = [record("a", n, size=dead_letters.MOST_BYTES // 2) for n in range(1, 4)]
    stack, report = redrive("projections", *large)
    assert given_to(stack) == [["a1"]]
    assert (report.handed_on, report.failed) == (1, {"too much for one call": 2})
    stack, report = redrive("projections", record("a", 1, size=dead_letters.MOST_BYTES))
    assert report.handed_on == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 50)), unique=True))
def test_every_record_goes_once_and_none_overtakes(told: list[tuple[str, int]]) -> None:
    records = [(number, record(*one)) for number, one in enumerate(told)]
    handed = list(parcels(records))
    assert sorted(n for parcel in handed for n in parcel.letters) == list(range(len(told)))
    for parcel in handed:
        positions = [dead_letters.position(one) for one in parcel.records]
        assert positions == sorted(positions)
        assert len({one["dynamodb"]["Keys"]["pk"]["S"] for one in parcel.records}) == 1
    assert len(handed) == len({key for key, _ in told})


def test_a_batch_holds_what_the_filter_lets_through() -> None:
    named = Batch.named_by(batch(2, 4))
    assert named is not None
    found = [named.holds(record("a", n)) for n in range(1, 6)]
    assert found == [False, True, True, True, False]
    assert not named.holds(record("a", 3, "TITLE#"))
    assert Batch.named_by(record("a", 1)) is None
