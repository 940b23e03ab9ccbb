"""Handles a batch of stream records: per key in order, losing none.

Records of different keys have nothing to do with each other, and are handled at the same time.

Both event source mappings that Brook runs under repeat a batch after an exception, and only one
of them understands a partial failure. So nothing is reported as failed: when the infrastructure
fails, the whole batch is repeated, which effects must bear; a record that cannot be handled is
parked in the dead-letter queue with both images, and so are the batch's later records of its
key, which must not overtake it.
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
    """Handle records, each key's in their order.

    Args:
        records: of one event.
        handle: does one record; it must bear repetition, and others of other keys beside it.

    Raises:
        UnavailableError: the infrastructure failed; the batch is to be repeated.
    """
    parked = concurrency.work_off(partial(_in_turn, handle), _by_key(records))
    logger.info(
        "stream batch",
        records=len(records),
        parked_keys=sum(parked),
        changed=[_named(record) for record in records],
    )


def _in_turn(handle: Handle, group: Sequence[StreamRecord]) -> bool:
    """Handle the records of one key; park those from the first on that cannot be handled.

    Returns:
        Whether any was parked.

    Raises:
        UnavailableError: the infrastructure failed.
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
    """Which record of whom a stream record is of, for the log."""
    raw = record["dynamodb"]["Keys"]
    address = keys.parse_record(Key(raw["pk"]["S"], raw["sk"]["S"]))
    return "/".join(address) if address else None


def _park(record: StreamRecord) -> None:
    """Put a record where an operator finds it, whole, so that it can be handled again."""
    _client().send_message(
        QueueUrl=config.dead_letter_queue_url(), MessageBody=json.dumps(record, default=str)
    )


@cache
def _client() -> Any:
    return aws.client("sqs")
