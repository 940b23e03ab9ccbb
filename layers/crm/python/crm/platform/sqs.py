"""Messages in queues. One only names what is to be looked at, so one too many does no harm."""

import json
import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from crm.platform import aws

LONGEST_DELAY_SECONDS = 900
"""SQS holds a message back no longer."""

BATCH = 10


def send(queue_url: str, message: Mapping[str, Any], seconds: float = 0.0) -> None:
    """Put a message into a queue, to be seen in so many seconds, or earlier if that is long."""
    delay = min(max(math.ceil(seconds), 0), LONGEST_DELAY_SECONDS)
    _client().send_message(QueueUrl=queue_url, MessageBody=json.dumps(message), DelaySeconds=delay)


def forget(queue_url: str, receipts: Iterable[str]) -> None:
    """Take messages of a batch off a queue that need not come again though the batch will."""
    entries = [{"Id": str(n), "ReceiptHandle": receipt} for n, receipt in enumerate(receipts)]
    for start in range(0, len(entries), BATCH):
        _client().delete_message_batch(QueueUrl=queue_url, Entries=entries[start : start + BATCH])


def hold(queue_url: str, receipt: str, seconds: int) -> None:
    """Have a message come again so soon, if whoever handles it dies; say so again to live on."""
    _client().change_message_visibility(
        QueueUrl=queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
    )


@cache
def _client() -> Any:
    return aws.client("sqs")
