"""Pending erasures: each is continued until it is done, even if workers die on the way.

An erasure is a message for the queue of erasures, stored in an item of its own by the transaction
that begins it. The item holds the time at which the erasure is due: a worker postpones it by longer
than a worker can run, so that there is one worker at a time; `send_due`, called every
few minutes, sends due messages again. So a message may be lost, late or duplicated.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from pynamodb.expressions.operand import Path

from crm.platform import clock, config, sqs
from crm.platform.aws import is_overload
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.dynamodb.transaction import Transaction

Message = Mapping[str, Any]
"""Subject of an erasure: `kind`, `organization_id`, and the ids that the kind needs. It holds only
ids, which are in the key of its item."""

WORKER_SECONDS = 180
"""Seconds for which a worker postpones an erasure: longer than the function's timeout of 120 s
(template.yaml)."""

PAGE = 100


def begin(transaction: Transaction, message: Message) -> None:
    """Stage the item of an erasure, and send its message after the commit."""
    transaction.put(_key(message), _item(message, seconds=0), table=SYSTEM)
    transaction.afterwards(lambda: _send_first(message))


def send(message: Message) -> None:
    """Send the message of an erasure to the queue; safe to repeat."""
    sqs.send(config.erasing_queue_url(), message)


def take(message: Message) -> bool:
    """Claim an erasure.

    Returns:
        False if it is done, not due yet, or claimed by another worker.
    """
    due = Path("due_on") <= clock.timestamp(clock.now())
    return SYSTEM.put_if(due, _key(message), _item(message, WORKER_SECONDS))


def put_off(message: Message, seconds: float) -> None:
    """Set the time at which a claimed erasure is due again."""
    SYSTEM.put(_key(message), _item(message, seconds))


def settle(message: Message) -> None:
    """Delete the item of an erasure that is done."""
    SYSTEM.delete(_key(message))


def _send_first(message: Message) -> None:
    """Send a message; if the queue is overloaded, `send_due` sends it within minutes."""
    try:
        send(message)
    except Exception as error:
        if not is_overload(error):
            raise


def send_due() -> None:
    """Send the messages of all due erasures: first attempts, retries and postponed ones."""
    now = clock.timestamp(clock.now())
    for item in _all():
        if item["due_on"] <= now:
            send(item["message"])


def _all() -> Iterator[Item]:
    for items in SYSTEM.pages(keys.erasing("", "").pk, (LOWEST, HIGHEST), PAGE):
        yield from items


def _item(message: Message, seconds: float) -> Item:
    due_on = clock.timestamp(clock.now() + timedelta(seconds=seconds))
    return {"message": dict(message), "due_on": due_on}


def _key(message: Message) -> Key:
    named = (str(message[name]) for name in sorted(message) if name != "organization_id")
    return keys.erasing(message["organization_id"], "#".join(named))
