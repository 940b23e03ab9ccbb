"""Handles a batch of stream records: per key in order, losing none.

Both event source mappings that Brook runs under repeat a batch after an exception, and only one
of them understands a partial failure. So nothing is reported as failed: when the infrastructure
fails, the whole batch is repeated, which effects must bear; a record that cannot be handled is
parked in the dead-letter queue with both images, and so are the batch's later records of its
key, which must not overtake it.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from crm import config, logs
from crm.aws import is_overload
from crm.errors import UnavailableError

ATTEMPTS = 3

Handle = Callable[[Mapping[str, Any]], None]

logger = Logger(stream=sys.stderr)


def run(records: Sequence[Mapping[str, Any]], handle: Handle) -> None:
    """Handle records, each key's in their order.

    Args:
        records: of one event.
        handle: does one record; it must bear repetition.

    Raises:
        UnavailableError: the infrastructure failed; the batch is to be repeated.
    """
    stopped: set[str] = set()
    for record in records:
        key = json.dumps(record["dynamodb"]["Keys"], sort_keys=True)
        if key in stopped or not _handled(record, handle):
            stopped.add(key)
            _park(record)
    logger.info("stream batch", records=len(records), parked_keys=len(stopped))


def _handled(record: Mapping[str, Any], handle: Handle) -> bool:
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
                **logs.failure(error),
            )
        else:
            return True
    return False


def _park(record: Mapping[str, Any]) -> None:
    """Put a record where an operator finds it, whole, so that it can be handled again."""
    _client().send_message(
        QueueUrl=config.dead_letter_queue_url(), MessageBody=json.dumps(record, default=str)
    )


@cache
def _client() -> Any:
    import boto3

    return boto3.client("sqs")
