"""Updates the aggregates for one batch of stream records."""

import sys
from collections.abc import Iterable

from aws_lambda_powertools import Logger

from crm.platform import logging
from crm.platform.aws import is_overload
from crm.platform.dynamodb.record import Record
from crm.platform.errors import UnavailableError
from crm.platform.stream import concurrency
from crm.sales.reports.aggregates import service as aggregates
from crm.sales.reports.aggregates.counters import Step

logger = Logger(stream=sys.stderr)


def follow_all(changes: Iterable[tuple[Record | None, Record | None]]) -> bool:
    """Update the aggregates for changes of many records, of any organizations.

    Args:
        changes: each record before and after; reading the next one may raise.

    Returns:
        False if one of the records cannot be handled: the caller handles each one alone.

    Raises:
        UnavailableError: The infrastructure failed, or optimistic-lock retries are exhausted.
    """
    of_organizations: dict[str, list[Step]] = {}
    try:
        for step in (aggregates.step_of(*images) for images in changes):
            if step is not None:
                of_organizations.setdefault(step.address.organization_id, []).append(step)
        concurrency.map_concurrently(aggregates.follow_all, list(of_organizations.values()))
    except UnavailableError:
        raise
    except Exception as error:
        if is_overload(error):
            raise UnavailableError from error
        logger.error("aggregates of a batch failed", **logging.failure(error))
        return False
    return True
