"""Erasures that are not done: each is worked at until it is, whoever dies on the way.

An erasure is a message for the queue of erasures, kept in an item of its own from the transaction
that begins it on. The item says from when on the erasure is to be worked at: a worker puts that
off for as long as it may live, so that there is one worker at a time; `send_due`, called every few
minutes, sends again whatever has come due. So a message may be lost, late or there twice.
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
from crm.platform.dynamodb.table import BOOKKEEPING
from crm.platform.dynamodb.transaction import Transaction

Message = Mapping[str, Any]
"""What is to be erased: `kind`, `organization_id`, and ids that the kind needs. It holds no more
than ids: they are in the key of its item."""

WORKER_SECONDS = 180
"""Longer than the function lives (template.yaml: 120 s)."""

PAGE = 100


def begin(transaction: Transaction, message: Message) -> None:
    """Begin an erasure with a transaction, and have it worked at once that is committed."""
    transaction.put(_key(message), _item(message, seconds=0), table=BOOKKEEPING)
    transaction.afterwards(lambda: _send_first(message))


def send(message: Message) -> None:
    """Have an erasure worked at now; safe to repeat."""
    sqs.send(config.erasing_queue_url(), message)


def take(message: Message) -> bool:
    """Begin to work at an erasure.

    Returns:
        False if it is done, not due yet, or somebody else is at it.
    """
    due = Path("due_on") <= clock.timestamp(clock.now())
    return BOOKKEEPING.put_if(due, _key(message), _item(message, WORKER_SECONDS))


def put_off(message: Message, seconds: float) -> None:
    """Say when an erasure that was taken is to be worked at again."""
    BOOKKEEPING.put(_key(message), _item(message, seconds))


def settle(message: Message) -> None:
    """Forget an erasure that is done."""
    BOOKKEEPING.delete(_key(message))


def _send_first(message: Message) -> None:
    """If it cannot be sent now, `send_due` does it within minutes."""
    try:
        send(message)
    except Exception as error:
        if not is_overload(error):
            raise


def send_due() -> None:
    """Send whatever has come due: for the first time, again, or because its time has come."""
    now = clock.timestamp(clock.now())
    for item in _all():
        if item["due_on"] <= now:
            send(item["message"])


def _all() -> Iterator[Item]:
    for items in BOOKKEEPING.pages(keys.erasing("", "").pk, (LOWEST, HIGHEST), PAGE):
        yield from items


def _item(message: Message, seconds: float) -> Item:
    due_on = clock.timestamp(clock.now() + timedelta(seconds=seconds))
    return {"message": dict(message), "due_on": due_on}


def _key(message: Message) -> Key:
    named = (str(message[name]) for name in sorted(message) if name != "organization_id")
    return keys.erasing(message["organization_id"], "#".join(named))
