"""The worker that receives messages of the queue and sends the deliveries that they name."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from aws_lambda_powertools import Logger

from crm.platform import clock, config, logging
from crm.platform.dynamodb.parallel import in_parallel
from crm.platform.dynamodb.transaction import Transaction, retry_on_conflict
from crm.platform.errors import UnavailableError
from crm.webhooks import backoff, deliveries, queue, sender, signatures
from crm.webhooks.schemas import DeliveryAttempt, StoredDelivery, WebhookEndpoint
from crm.webhooks.sender import Outcome

LEASE_SECONDS = 30.0
"""Longer than an attempt takes, so that only a worker that died loses its lease."""

GONE = 410
DISABLED_REASON = "410 Gone"

logger = Logger(stream=sys.stderr)


def run(messages: Sequence[Mapping[str, Any]]) -> None:
    """Handle the messages of a batch concurrently: a slow receiver delays no other.

    Args:
        messages: records of an SQS event.

    Raises:
        UnavailableError: Some messages failed by an internal error, and are redelivered. The others
            are deleted from the queue already, because an exception returns the whole batch.
    """
    handled = in_parallel(_handled, messages)
    failed = handled.count(False)
    if failed:
        done = [one["receiptHandle"] for one, ok in zip(messages, handled, strict=True) if ok]
        queue.delete(done)
        raise UnavailableError(f"{failed} of {len(messages)} messages could not be handled.")


def _handled(message: Mapping[str, Any]) -> bool:
    try:
        handle(message["body"])
    except Exception as error:
        logger.error(
            "delivery message failed",
            **logging.failure(error),
            message_id=message.get("messageId"),
        )
        return False
    return True


def handle(body: str) -> None:
    """Attempt the delivery that a message names; an obsolete message has no effect."""
    message = queue.read(body)
    delivery = deliveries.read(message.organization_id, message.delivery_id)
    if delivery is None or not delivery.is_pending or message.sequence < delivery.sequence:
        return
    wait = delivery.seconds_until_due()
    leased = deliveries.lease(delivery, LEASE_SECONDS) if wait <= 0 else None
    if leased is None:
        # Another worker may have the lease. If it dies, only this message is left.
        queue.send(message, max(wait, 1.0))
        return
    _deliver(leased)


def _deliver(leased: StoredDelivery) -> None:
    endpoint = deliveries.endpoint_of(leased)
    if endpoint is None or not endpoint.is_active:
        outcome = Outcome(error="The endpoint is not active.")
    else:
        outcome = _send(leased, endpoint)
    if outcome.status_code == GONE and endpoint is not None:
        _disable(leased, endpoint)
    attempt = _attempt(outcome)
    if attempt.error is None:
        result, logged = "succeeded", deliveries.succeed(leased, attempt)
    elif _is_final(leased, endpoint, outcome):
        result, logged = "failed", deliveries.fail(leased, attempt)
    else:
        wait = backoff.wait(leased.failures + 1, outcome.retry_after, clock.now())
        result, logged = "put off", deliveries.put_off(leased, attempt, wait)
    _log(leased, outcome, result if logged else "lease lost")


def _is_final(leased: StoredDelivery, endpoint: WebhookEndpoint | None, outcome: Outcome) -> bool:
    """Return whether a failure is final."""
    return (
        endpoint is None
        or not endpoint.is_active
        or outcome.status_code == GONE
        or leased.failures + 1 >= backoff.MAX_ATTEMPTS
    )


def _send(delivery: StoredDelivery, endpoint: WebhookEndpoint) -> Outcome:
    body = delivery.body.encode()
    seconds = int(clock.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Brook-Webhooks",
        **signatures.headers(endpoint.secret, delivery.id, seconds, body),
    }
    return sender.post(endpoint.url, headers, body, allow_loopback=config.webhook_allow_loopback())


def _attempt(outcome: Outcome) -> DeliveryAttempt:
    return DeliveryAttempt(
        at=clock.timestamp(clock.now()),
        status_code=outcome.status_code,
        error=outcome.error or _refusal(outcome.status_code or 0),
    )


def _refusal(status_code: int) -> str | None:
    """Return the error of an unsuccessful response; None for a success."""
    if 200 <= status_code < 300:
        return None
    if status_code == GONE:
        return DISABLED_REASON
    if 300 <= status_code < 400:
        return f"The receiver answered {status_code}; redirects are not followed."
    return f"The receiver answered {status_code}."


def _disable(delivery: StoredDelivery, called: WebhookEndpoint) -> None:
    """Deactivate an endpoint, unless its URL has changed since it was called.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted.
    """

    def step() -> None:
        found = deliveries.endpoint_of(delivery)
        if found is not None and found.is_active and found.url == called.url:
            transaction = Transaction()
            fields = {"is_active": False, "disabled_reason": DISABLED_REASON}
            transaction.save(found.changed(found.updated_by, **fields), found)
            transaction.commit()

    retry_on_conflict(step)


def _log(delivery: StoredDelivery, outcome: Outcome, what: str) -> None:
    """Log an attempt, without URL and body: both may hold private data."""
    logger.info(
        "delivery",
        organization_id=delivery.organization_id,
        delivery_id=delivery.id,
        endpoint_id=delivery.endpoint_id,
        attempt=delivery.failures + 1,
        status_code=outcome.status_code,
        error=outcome.error,
        result=what,
    )
