"""Messages of dead-letter queues: their content, and how each is retried. Pure.

Queues are of three kinds, and that of a stream can contain two kinds of message:

- stream records that a function has parked, complete: they are passed to it again;
- Lambda's description of a batch that it gave up: it names the records, which the stream keeps
  for a day;
- events of asynchronously invoked functions, as Lambda writes them to a failure destination;
- messages of a working queue that were received too often: they are sent to it again.
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
"""The kind of each dead-letter queue; its URL is the output `<Name>DeadLetterQueueUrl`."""

MOST_BYTES = 5_000_000
"""Maximum size of the records in one call: Lambda's limit is six million bytes."""

RECORD_SORT_KEY = "#"
"""Sort key that the functions' filter accepts: that of records, not of other items."""

StreamRecord = Mapping[str, Any]


@dataclass(frozen=True)
class Batch:
    """A range of the stream, as Lambda describes it.

    Attributes:
        start: sequence number of its first record, as the stream writes it.
        last: sequence number of its last record.
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
        """Return the batch that a message describes; None for any other message."""
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
    """Return the sequence number of a stream record."""
    return int(record["dynamodb"].get("SequenceNumber", 0))


def organization_of(record: StreamRecord) -> str | None:
    """Return the organization id of a record; None if it belongs to no organization."""
    kind, _, rest = record["dynamodb"]["Keys"]["pk"]["S"].partition("#")
    return str(rest).partition("#")[0] if kind == "ORG" else None


def is_end(record: StreamRecord) -> bool:
    """Return whether a stream record describes a deletion."""
    return "NewImage" not in record["dynamodb"]


def as_lambda_has_it(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record read from the stream, in the form in which functions receive it."""

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
        records: the records to pass to the function.
        letters: for each record, the number of its message.
    """

    records: list[StreamRecord]
    letters: list[int]


def parcels(records: Iterable[tuple[int, StreamRecord]]) -> Iterator[Parcel]:
    """Group records by key, in order, because records of a key must not overtake each other.

    Args:
        records: pairs of the number of a message and its record.

    Yields:
        One call's records of a key. Records beyond the size of a call are left for the next run.
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
