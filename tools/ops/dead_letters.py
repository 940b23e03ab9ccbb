"""Dead letters: what they hold, and what has to be done for one to be done after all. Pure.

Three kinds of queue hold them, and two kinds of letter may lie in that of a stream:

- stream records that a function has parked, whole: they are handed to it again;
- what Lambda says of a batch that it gave up: it names the records, which the stream still has
  for a day;
- events of functions that nobody waits for, as Lambda puts them into a failure destination;
- messages of a working queue that came too often: they go back to it.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Kind = Literal["stream", "event", "message"]

KINDS: Mapping[str, Kind] = {
    "projections": "stream",
    "automation": "stream",
    "timers": "event",
    "uploads": "event",
    "deliveries": "message",
    "imports": "message",
    "exports": "message",
    "erasing": "message",
}
"""Whose letters each dead-letter queue holds: the template has `<Name>DeadLetterQueueUrl`."""

MOST_BYTES = 5_000_000
"""Of one call: Lambda takes six million."""

RECORD_SORT_KEY = "#"
"""What the functions' filter lets through: records, not what else a transaction writes."""

StreamRecord = Mapping[str, Any]


@dataclass(frozen=True)
class Batch:
    """A part of the stream, as Lambda names it.

    Attributes:
        start: where it begins, as the stream writes it.
        last: where it ends.
    """

    stream_arn: str
    shard_id: str
    start: str
    last: int

    @property
    def first(self) -> int:
        return int(self.start)

    @classmethod
    def named_by(cls, body: Mapping[str, Any]) -> "Batch | None":
        """The batch that a letter names; None for any other letter."""
        told = body.get("DDBStreamBatchInfo")
        if told is None:
            return None
        start, last = told["startSequenceNumber"], int(told["endSequenceNumber"])
        return cls(told["streamArn"], told["shardId"], start, last)

    def holds(self, record: StreamRecord) -> bool:
        keys = record["dynamodb"]["Keys"]
        within = self.first <= position(record) <= self.last
        return within and keys["sk"]["S"] == RECORD_SORT_KEY


def position(record: StreamRecord) -> int:
    """Where a record stands in the stream."""
    return int(record["dynamodb"].get("SequenceNumber", 0))


def organization_of(record: StreamRecord) -> str | None:
    """Whose a record is; None if it is no organization's."""
    kind, _, rest = record["dynamodb"]["Keys"]["pk"]["S"].partition("#")
    return str(rest).partition("#")[0] if kind == "ORG" else None


def is_end(record: StreamRecord) -> bool:
    """Whether it tells that something was deleted."""
    return "NewImage" not in record["dynamodb"]


def as_lambda_has_it(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record that was read from the stream, in the shape in which functions get it."""

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.timestamp()
        return base64.b64encode(value).decode()

    whole: dict[str, Any] = json.loads(json.dumps(record, default=plain))
    return whole


@dataclass(frozen=True)
class Parcel:
    """Records of one key, in their order, for one call.

    Attributes:
        records: what the function is given.
        letters: the numbers of the letters that are done with it.
    """

    records: list[StreamRecord]
    letters: list[int]


def parcels(records: Iterable[tuple[int, StreamRecord]]) -> Iterator[Parcel]:
    """Put records in order, per key, as they must not overtake each other.

    Args:
        records: each with the number of its letter.

    Yields:
        One call's records of a key. What is too much for one call is left for the next time.
    """
    by_key: dict[str, list[tuple[int, StreamRecord]]] = {}
    for number, record in records:
        key = json.dumps(record["dynamodb"]["Keys"], sort_keys=True)
        by_key.setdefault(key, []).append((number, record))
    for same in by_key.values():
        same.sort(key=lambda one: position(one[1]))
        size = 0
        taken: list[tuple[int, StreamRecord]] = []
        for number, record in same:
            size += len(json.dumps(record))
            if taken and size > MOST_BYTES:
                break
            taken.append((number, record))
        yield Parcel([record for _, record in taken], [number for number, _ in taken])
