"""Retries the messages of a dead-letter queue, once the reason of their failure is fixed.

A message is deleted from its queue only after it was processed or sent on; so an interruption
loses nothing, and repetition is harmless: every function that such messages come from is
idempotent. SQS can move messages of working queues by itself, but not the others, and this
reports the result of each.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from local.errors import LocalStackError
from tools.ops.dead_letters import (
    KINDS,
    Batch,
    Parcel,
    StreamRecord,
    as_lambda_has_it,
    is_end,
    organization_of,
    parcels,
    position,
)
from tools.ops.stack_access import Operated

MOST_LETTERS = 1000
"""Maximum number of messages per run; run again for the others."""

HOLD_SECONDS = 900
PAGE = 10

GONE = "the stream no longer has the batch, which is older than a day"


@dataclass
class Report:
    """The result of a run.

    Attributes:
        taken: number of messages read.
        handed_on: number of messages passed to their function, or sent to their working queue, or
            dropped because their organization is deleted.
        failed: reasons why the other messages stay, each with its count.
        waiting: number of messages in the queue afterwards. A stream record at which the function
            fails again is parked again, and included.
    """

    taken: int = 0
    handed_on: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    waiting: int = 0

    @property
    def is_clear(self) -> bool:
        return not self.failed and self.waiting == 0

    def fail(self, reason: str, count: int = 1) -> None:
        self.failed[reason] = self.failed.get(reason, 0) + count


@dataclass(frozen=True)
class _Letter:
    receipt: str
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)


class Redrive:
    """One dead-letter queue of a stack.

    Raises:
        LocalStackError: there is no such queue.
    """

    def __init__(self, stack: Operated, name: str) -> None:
        if name not in KINDS:
            raise LocalStackError(f"there is no queue {name!r}: choose one of {', '.join(KINDS)}")
        self._stack = stack
        self._name = name
        self._outputs = stack.outputs()
        self._sqs = stack.client("sqs")
        self._url = self._outputs[f"{name.capitalize()}DeadLetterQueueUrl"]
        self._report = Report()
        self._gone: dict[str, bool] = {}

    def run(self) -> Report:
        """Process the messages that are in the queue now, up to a thousand."""
        letters = self._receive()
        self._report.taken = len(letters)
        kinds: dict[str, Callable[[Sequence[_Letter]], None]] = {
            "stream": self._stream,
            "event": self._events,
            "message": self._messages,
        }
        try:
            kinds[KINDS[self._name]](letters)
        finally:
            self._report.waiting = self._count()
        return self._report

    def _receive(self) -> list[_Letter]:
        """Receive messages, hidden from other receivers for `HOLD_SECONDS`."""
        letters: list[_Letter] = []
        while len(letters) < MOST_LETTERS:
            found = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=PAGE,
                VisibilityTimeout=HOLD_SECONDS,
                WaitTimeSeconds=1,
            )
            page = found.get("Messages", [])
            if not page:
                break
            letters += [_Letter(one["ReceiptHandle"], one["Body"]) for one in page]
        return letters

    def _messages(self, letters: Sequence[_Letter]) -> None:
        url = self._outputs[f"{self._name.capitalize()}QueueUrl"]
        for letter in letters:
            self._sqs.send_message(QueueUrl=url, MessageBody=letter.text)
            self._done(letter)

    def _events(self, letters: Sequence[_Letter]) -> None:
        for letter in letters:
            try:
                self._stack.call(self._name, letter.body["requestPayload"])
            except LocalStackError as error:
                self._keep(letter, str(error))
            else:
                self._done(letter)

    def _stream(self, letters: Sequence[_Letter]) -> None:
        records: list[tuple[int, StreamRecord]] = []
        for number, letter in enumerate(letters):
            batch = Batch.named_by(letter.body)
            try:
                of_letter = self._read(batch) if batch else [letter.body]
            except LocalStackError as error:
                self._keep(letter, str(error))
            else:
                told = [
                    (number, record) for record in of_letter if not self._is_of_the_past(record)
                ]
                records += told
                if not told:
                    self._done(letter)
        self._hand_on(letters, records)

    def _hand_on(
        self, letters: Sequence[_Letter], records: Sequence[tuple[int, StreamRecord]]
    ) -> None:
        """Call the function key by key; a message is done after the last of its records."""
        undone = Counter(number for number, _ in records)
        reasons: dict[int, str] = {}
        for parcel in parcels(records):
            reason = self._called(parcel)
            if reason is None:
                undone.subtract(parcel.letters)
            else:
                reasons |= dict.fromkeys(parcel.letters, reason)
        for number, count in undone.items():
            if count == 0:
                self._done(letters[number])
            else:
                self._keep(letters[number], reasons.get(number, "too much for one call"))

    def _called(self, parcel: Parcel) -> str | None:
        """Pass records to the function; return the reason of a failure, else None."""
        try:
            self._stack.call(self._name, {"Records": parcel.records})
        except LocalStackError as error:
            return str(error)
        return None

    def _read(self, batch: Batch) -> list[StreamRecord]:
        """Return the records of a batch, which the stream keeps for a day.

        Raises:
            LocalStackError: the stream no longer has the records.
        """
        try:
            found = [as_lambda_has_it(one) for one in self._from(batch)]
        except ClientError as error:
            raise LocalStackError(f"{GONE} ({error.response['Error']['Code']})") from error
        whole: list[StreamRecord] = [one for one in found if batch.holds(one)]
        if not {batch.first, batch.last} <= {position(one) for one in whole}:
            raise LocalStackError(GONE)
        return whole

    def _is_of_the_past(self, record: StreamRecord) -> bool:
        """Return whether a record is obsolete: no deletion, and of a deleted organization.

        Deletions are passed on nevertheless, because the function then deletes their remains.
        """
        organization_id = organization_of(record)
        if organization_id is None or is_end(record):
            return False
        if organization_id not in self._gone:
            found = self._stack.client("dynamodb").get_item(
                TableName=self._outputs["BookkeepingTable"],
                Key={"pk": {"S": "ERASED"}, "sk": {"S": organization_id}},
                ConsistentRead=True,
            )
            self._gone[organization_id] = "Item" in found
        return self._gone[organization_id]

    def _from(self, batch: Batch) -> Iterator[StreamRecord]:
        """Yield records of the stream, from the first of a batch to the last one or beyond it."""
        streams = self._stack.client("dynamodbstreams")
        iterator: str | None = streams.get_shard_iterator(
            StreamArn=batch.stream_arn,
            ShardId=batch.shard_id,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=batch.start,
        )["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator, Limit=1000)
            yield from page["Records"]
            if not page["Records"] or position(page["Records"][-1]) >= batch.last:
                return
            iterator = page.get("NextShardIterator")

    def _done(self, letter: _Letter) -> None:
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)
        self._report.handed_on += 1

    def _keep(self, letter: _Letter, reason: str) -> None:
        """Keep a message in the queue, visible at once."""
        self._sqs.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
        )
        self._report.fail(reason)

    def _count(self) -> int:
        name = "ApproximateNumberOfMessages"
        found = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=[name])
        return int(found["Attributes"][name])
