"""Handles a batch of stream records: in order per key, without losing any.

Stream records of different keys are independent, and are handled concurrently.

Both event source mappings of Brook retry a batch after an exception, and only one of them
supports partial failures. So no partial failure is reported: when the infrastructure fails, the
whole batch is retried, so effects must be idempotent; a stream record that cannot be handled is
sent to the dead-letter queue with both images, and so are the batch's later stream records of
its key, which must not overtake it.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger

from crm.platform import aws, config, logging
from crm.platform.aws import is_overload
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key
from crm.platform.errors import UnavailableError
from crm.platform.stream import concurrency

ATTEMPTS = 3

StreamRecord = Mapping[str, Any]
Handle = Callable[[StreamRecord], None]

logger = Logger(stream=sys.stderr)


def run(records: Sequence[StreamRecord], handle: Handle) -> None:
    """Handle stream records, those of each key in their order.

    Args:
        records: the stream records of an event.
        handle: handles one stream record; it must be idempotent and thread-safe.

    Raises:
        UnavailableError: The infrastructure failed; the batch is to be retried.
    """
    parked = concurrency.map_concurrently(partial(_in_turn, handle), _by_key(records))
    logger.info(
        "stream batch",
        records=len(records),
        parked_keys=sum(parked),
        changed=[_named(record) for record in records],
    )


def _in_turn(handle: Handle, group: Sequence[StreamRecord]) -> bool:
    """Handle the stream records of one key; park all from the first that cannot be handled.

    Returns:
        True if any was parked.

    Raises:
        UnavailableError: The infrastructure failed.
    """
    for number, record in enumerate(group):
        if not _handled(record, handle):
            for one in group[number:]:
                _park(one)
            return True
    return False


def _by_key(records: Sequence[StreamRecord]) -> list[list[StreamRecord]]:
    groups: dict[str, list[StreamRecord]] = {}
    for record in records:
        key = json.dumps(record["dynamodb"]["Keys"], sort_keys=True)
        groups.setdefault(key, []).append(record)
    return list(groups.values())


def _handled(record: StreamRecord, handle: Handle) -> bool:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            handle(record)
        except UnavailableError:
            raise
        except Exception as error:
            if is_overload(error):
                raise UnavailableError from error
            logger.error(
                "stream record failed",
                attempt=attempt,
                event_id=record.get("eventID"),
                record=_named(record),
                **logging.failure(error),
            )
        else:
            return True
    return False


def _named(record: StreamRecord) -> str | None:
    """Return organization, kind and id of the changed record, for the log."""
    raw = record["dynamodb"]["Keys"]
    address = keys.parse_record(Key(raw["pk"]["S"], raw["sk"]["S"]))
    return "/".join(address) if address else None


def _park(record: StreamRecord) -> None:
    """Send a complete stream record to the dead-letter queue, so that it can be redriven."""
    _client().send_message(
        QueueUrl=config.dead_letter_queue_url(), MessageBody=json.dumps(record, default=str)
    )


@cache
def _client() -> Any:
    return aws.client("sqs")
