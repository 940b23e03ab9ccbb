"""The queue of deliveries. A message only names one, so that one too many does no harm."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from crm.platform import config, sqs


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
    """Put a message into the queue, to be seen in so many seconds.

    One that is seen too early, because queues hold none back for long, is sent on by its worker.
    """
    sqs.send(config.deliveries_queue_url(), asdict(message), seconds)


def read(body: str) -> Message:
    return Message(**json.loads(body))


def forget(receipts: Iterable[str]) -> None:
    """Take messages of a batch off the queue that need not come again though the batch will."""
    sqs.forget(config.deliveries_queue_url(), receipts)
