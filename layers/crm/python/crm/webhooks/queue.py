"""The queue of deliveries. Messages only name deliveries, so that duplicates are harmless."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from crm.platform import config, sqs


@dataclass(frozen=True)
class Message:
    """A request to a worker to handle a delivery.

    Attributes:
        organization_id: the owner of the delivery.
        delivery_id: the delivery's.
        sequence: the lowest sequence of the delivery at which the message is to be acted on.
    """

    organization_id: str
    delivery_id: str
    sequence: int


def send(message: Message, seconds: float) -> None:
    """Send a message to the queue, to be received in some seconds.

    Queues delay messages only briefly: a worker that receives one too early sends it again.
    """
    sqs.send(config.deliveries_queue_url(), asdict(message), seconds)


def read(body: str) -> Message:
    return Message(**json.loads(body))


def delete(receipts: Iterable[str]) -> None:
    """Delete handled messages of a batch from the queue, so that only the others return."""
    sqs.delete(config.deliveries_queue_url(), receipts)
