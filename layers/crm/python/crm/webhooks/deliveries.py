"""Deliveries: staged with their origin, leased by one worker at a time, kept as a log.

The item of a delivery is an outbox. It is written in the transaction of its origin, and only then
is a message sent that names it; if the sender dies in between, its retry calls `send_to_queue`
again, which is safe to repeat. A worker's writes are conditional on the item as read: of two
workers with the same delivery, one holds the lease and the other waits for it to end.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from crm.platform import clock
from crm.platform.dynamodb import keys, queries
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, EntryList, ReadBudget
from crm.platform.dynamodb.parallel import together
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.platform.errors import ConflictError, NotFoundError, TooLargeError
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller
from crm.webhooks import queue
from crm.webhooks.queue import Message
from crm.webhooks.schemas import DeliveryAttempt, StoredDelivery, WebhookEndpoint

KEPT_DAYS = 30
LARGEST_BODY = 300_000
"""Bytes. An item holds 400 KB, and the log of attempts takes part of it."""

MOST_ATTEMPTS_KEPT = 50


def stage(
    transaction: Transaction,
    organization_id: str,
    endpoint: WebhookEndpoint,
    delivery_id: str,
    body: Mapping[str, Any],
) -> StoredDelivery:
    """Stage a delivery, to be sent to the queue once the transaction is committed.

    Args:
        transaction: the transaction of the origin. It takes two operations.
        organization_id: the owner of the endpoint.
        endpoint: the receiver.
        delivery_id: always the same for the same event.
        body: the JSON object to send; `type` names the event.

    Raises:
        TooLargeError: The body is too long.
    The commit raises:
        StaleReadError: A delivery of this id exists already.
    """
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    if len(text.encode()) > LARGEST_BODY:
        raise TooLargeError(f"A delivery takes up to {LARGEST_BODY} bytes.")
    now = clock.now()
    delivery = StoredDelivery(
        organization_id=organization_id,
        id=delivery_id,
        endpoint_id=endpoint.id,
        type=str(body["type"]),
        body=text,
        status="pending",
        created_on=clock.timestamp(now),
        next_attempt_on=clock.timestamp(now),
        expires_on=_expiry(),
    )
    absent = Path("pk").does_not_exist()
    transaction.put(delivery.key, delivery.item(), absent, table=SYSTEM)
    entry = {"expires_on": delivery.expires_on}
    transaction.put(delivery.entry_key, entry, table=SYSTEM)
    return delivery


def send_to_queue(delivery: StoredDelivery) -> None:
    """Queue a pending delivery for when it is due; safe to repeat."""
    if delivery.is_pending:
        queue.send(_message(delivery), delivery.seconds_until_due())


def read(organization_id: str, delivery_id: str) -> StoredDelivery | None:
    """Return the current delivery; None if there is no such delivery."""
    item = SYSTEM.get(keys.delivery(organization_id, delivery_id))
    return StoredDelivery.from_item(item) if item else None


def find(caller: Caller, delivery_id: str) -> tuple[StoredDelivery, WebhookEndpoint]:
    """Return a delivery of the caller's organization, and its endpoint.

    Raises:
        PermissionDeniedError: The caller is no admin.
        NotFoundError: The delivery or its endpoint does not exist.
    """
    permissions.require_admin(caller)
    found = read(caller.organization_id, delivery_id)
    endpoint = endpoint_of(found) if found else None
    if found is None or endpoint is None:
        raise NotFoundError
    return found, endpoint


def endpoint_of(delivery: StoredDelivery) -> WebhookEndpoint | None:
    """Return the endpoint of a delivery; None if it is deleted."""
    return queries.read(WebhookEndpoint, delivery.organization_id, delivery.endpoint_id)


def list_all(caller: Caller, endpoint_id: str) -> EntryList:
    """Return the deliveries to an endpoint, newest first."""
    pk = keys.delivery_entry(caller.organization_id, endpoint_id, LOWEST).pk
    return queries.partition(SYSTEM, pk, ReadBudget(), (LOWEST, HIGHEST))


def rows(caller: Caller, entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of `list_all`."""
    wanted = [
        keys.delivery(caller.organization_id, delivery_id)
        for delivery_id in queries.record_ids_of(entries)
    ]
    found = SYSTEM.batch_get(wanted)
    return [StoredDelivery.from_item(found[key]).answer() for key in wanted if key in found]


def redeliver(old: StoredDelivery, endpoint: WebhookEndpoint) -> StoredDelivery:
    """Send a delivery again, with the same id and as many attempts as a new delivery.

    A delivery that a worker holds a lease of is left to that worker.

    Raises:
        ConflictError: The endpoint is not active.
        StaleReadError: The delivery has changed since it was read.
    """
    if not endpoint.is_active:
        raise ConflictError("The endpoint is not active.")
    if old.is_pending and old.is_leased:
        return old
    new = old.changed(
        status="pending",
        sequence=old.sequence + 1,
        failures=0,
        next_attempt_on=clock.timestamp(clock.now()),
        leased_until=None,
        expires_on=_expiry(),
    )
    written, _ = together(
        lambda: _write(new, old),
        lambda: SYSTEM.put(new.entry_key, {"expires_on": new.expires_on}),
    )
    if not written:
        raise StaleReadError
    send_to_queue(new)
    return new


def delete(organization_id: str, delivery_id: str) -> bool:
    """Delete a delivery in any state; safe to repeat. A pending delivery is not sent.

    Returns:
        Whether the delivery existed.
    """
    found = read(organization_id, delivery_id)
    if found is None:
        return False
    SYSTEM.delete(found.entry_key)
    SYSTEM.delete(found.key)
    return True


def lease(old: StoredDelivery, seconds: float) -> StoredDelivery | None:
    """Lease a delivery for some seconds; return None if another worker took it first."""
    until = clock.timestamp(clock.now() + timedelta(seconds=seconds))
    new = old.changed(leased_until=until)
    return new if _write(new, old) else None


def succeed(leased: StoredDelivery, attempt: DeliveryAttempt) -> bool:
    """Log the successful attempt; return False if another worker has taken the lease."""
    return _write(_after(leased, attempt, status="succeeded", next_attempt_on=None), leased)


def fail(leased: StoredDelivery, attempt: DeliveryAttempt) -> bool:
    """Log the last attempt; return False if another worker has taken the lease."""
    return _write(_after(leased, attempt, status="failed", next_attempt_on=None), leased)


def put_off(leased: StoredDelivery, attempt: DeliveryAttempt, wait: timedelta) -> bool:
    """Log a failed attempt that is retried; return False if another worker has taken the lease.

    The message for the next attempt is sent first: if this process dies in between, there is one
    message too many, which is harmless.
    """
    next_attempt_on = clock.timestamp(clock.now() + wait)
    new = _after(leased, attempt, next_attempt_on=next_attempt_on)
    send_to_queue(new)
    return _write(new, leased)


def _after(leased: StoredDelivery, attempt: DeliveryAttempt, **fields: Any) -> StoredDelivery:
    return leased.changed(
        attempts=[*leased.attempts, attempt][-MOST_ATTEMPTS_KEPT:],
        sequence=leased.sequence + 1,
        failures=leased.failures + 1,
        leased_until=None,
        **fields,
    )


def _write(new: StoredDelivery, old: StoredDelivery) -> bool:
    """Write a delivery unless it has changed since it was read."""
    return SYSTEM.put_if(_unchanged(old), new.key, new.item())


def _unchanged(old: StoredDelivery) -> Condition:
    leased_until = Path("leased_until")
    same_lease = (
        leased_until == old.leased_until if old.leased_until else leased_until.does_not_exist()
    )
    unchanged: Condition = (Path("sequence") == old.sequence) & same_lease
    return unchanged


def _message(delivery: StoredDelivery) -> Message:
    return Message(delivery.organization_id, delivery.id, delivery.sequence)


def _expiry() -> int:
    return int((clock.now() + timedelta(days=KEPT_DAYS)).timestamp())
