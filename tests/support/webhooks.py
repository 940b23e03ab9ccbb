"""A queue, a clock and a receiver that a test holds in its hands, and deliveries to play with."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from crm.platform import clock, ids
from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.sqs import LONGEST_DELAY_SECONDS
from crm.webhooks import deliveries, worker
from crm.webhooks.queue import Message
from crm.webhooks.schemas import StoredDelivery, WebhookEndpoint
from crm.webhooks.sender import Outcome
from tests.support.client import Client

ENDPOINTS = "/api/webhook-endpoints"
DELIVERIES = "/api/webhook-deliveries"
URL = "https://example.com/hooks"
OK, FAILED, GONE = Outcome(200), Outcome(500), Outcome(410)
BODY = {
    "type": "deal.updated",
    "timestamp": "2026-11-21T12:00:00.000Z",
    "data": {"rule_id": "r", "execution_id": "e", "record": {"name": "Größe"}, "changes": []},
}


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.moment = clock.now()

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Queue:
    """An SQS in memory: each message is visible once it is due, and again if it fails."""

    clock: Clock
    waiting: list[tuple[datetime, Message]] = field(default_factory=list)

    def send(self, message: Message, seconds: float) -> None:
        delay = min(max(seconds, 0.0), LONGEST_DELAY_SECONDS)
        self.waiting.append((self.clock() + timedelta(seconds=delay), message))

    def take(self) -> Message:
        """The next message, once the clock is so far."""
        self.waiting.sort(key=lambda one: one[0])
        due_on, message = self.waiting.pop(0)
        self.clock.moment = max(self.clock.moment, due_on)
        return message

    def work(self, most: int = 2000) -> int:
        """Let a worker handle messages until there are none; how many there were."""
        for n in range(most):
            if not self.waiting:
                return n
            worker.handle(body_of(self.take()))
        raise AssertionError(f"there are still {len(self.waiting)} messages")


@dataclass
class Receiving:
    """A receiver: its received requests, and its responses in turn; the last one repeats."""

    outcomes: list[Outcome] = field(default_factory=lambda: [OK])
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def post(self, url: str, headers: Any, body: bytes, **_: Any) -> Outcome:
        self.got.append((url, dict(headers), body))
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, headers, _ in self.got]


def body_of(message: Message) -> str:
    return json.dumps(asdict(message))


def register(admin: Client, url: str = URL, **fields: Any) -> Any:
    made = admin.post(ENDPOINTS, {"url": url, **fields})
    assert made.status == 201, made.text
    return made.json


def stage(admin: Client, endpoint_id: str, delivery_id: str | None = None) -> StoredDelivery:
    """Commit a delivery, with its message, as the workflow engine does."""
    organization_id = str(admin.organization_id)
    endpoint = read(WebhookEndpoint, organization_id, endpoint_id)
    assert endpoint is not None
    transaction = Transaction()
    staged = deliveries.stage(
        transaction, organization_id, endpoint, delivery_id or ids.new_id(), BODY
    )
    transaction.commit()
    deliveries.send_to_queue(staged)
    return staged


def stored(delivery: StoredDelivery) -> StoredDelivery:
    found = deliveries.read(delivery.organization_id, delivery.id)
    assert found is not None
    return found
