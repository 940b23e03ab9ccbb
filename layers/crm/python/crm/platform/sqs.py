"""Messages in SQS queues. They only name the work, so a surplus message is harmless."""

import json
import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from crm.platform import aws

LONGEST_DELAY_SECONDS = 900
"""Maximum delay of a message in SQS."""

BATCH = 10


def send(queue_url: str, message: Mapping[str, Any], seconds: float = 0.0) -> None:
    """Send a message with a delay in seconds, shortened to the maximum if it is longer."""
    delay = min(max(math.ceil(seconds), 0), LONGEST_DELAY_SECONDS)
    _client().send_message(QueueUrl=queue_url, MessageBody=json.dumps(message), DelaySeconds=delay)


def delete(queue_url: str, receipts: Iterable[str]) -> None:
    """Delete messages of a batch that need no retry although the batch is retried."""
    entries = [{"Id": str(n), "ReceiptHandle": receipt} for n, receipt in enumerate(receipts)]
    for start in range(0, len(entries), BATCH):
        _client().delete_message_batch(QueueUrl=queue_url, Entries=entries[start : start + BATCH])


def hold(queue_url: str, receipt: str, seconds: int) -> None:
    """Set the seconds after which a message is redelivered if its worker dies; renewable."""
    _client().change_message_visibility(
        QueueUrl=queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
    )


@cache
def _client() -> Any:
    return aws.client("sqs")
