"""The queue of deliveries. A message only names one, so that one too many does no harm."""

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from crm import config

LONGEST_DELAY_SECONDS = 900
"""SQS holds a message back no longer; a worker that finds it too early sends it on."""

BATCH = 10


@dataclass(frozen=True)
class Message:
    """Asks a worker to look at a delivery.

    Attributes:
        organization_id: whose it is.
        delivery_id: the delivery.
        sequence: where the delivery was, or will be, when the message is for it to act on.
    """

    organization_id: str
    delivery_id: str
    sequence: int


def send(message: Message, seconds: float) -> None:
    """Put a message into the queue, to be seen in so many seconds, or earlier if that is long."""
    delay = min(max(math.ceil(seconds), 0), LONGEST_DELAY_SECONDS)
    _client().send_message(
        QueueUrl=config.deliveries_queue_url(),
        MessageBody=json.dumps(asdict(message)),
        DelaySeconds=delay,
    )


def read(body: str) -> Message:
    return Message(**json.loads(body))


def forget(receipts: Iterable[str]) -> None:
    """Take messages of a batch off the queue that need not come again though the batch will."""
    entries = [{"Id": str(n), "ReceiptHandle": receipt} for n, receipt in enumerate(receipts)]
    for start in range(0, len(entries), BATCH):
        _client().delete_message_batch(
            QueueUrl=config.deliveries_queue_url(), Entries=entries[start : start + BATCH]
        )


@cache
def _client() -> Any:
    import boto3

    return boto3.client("sqs")
