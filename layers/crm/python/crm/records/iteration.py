"""Iteration over all records of a list, one by one, within a time limit."""

import time
from collections.abc import Iterator
from typing import TypeVar

from crm.platform.dynamodb.lists import ReadBudget, take
from crm.platform.dynamodb.queries import read_many, record_ids_of, record_list
from crm.platform.dynamodb.record import Record
from crm.platform.errors import UnavailableError

BATCH = 100

AnyRecord = TypeVar("AnyRecord", bound=Record)


def each(
    kind: type[AnyRecord], organization_id: str, list_name: str, seconds: float
) -> Iterator[AnyRecord]:
    """Yield the records of a list, newest first.

    Args:
        kind: the record kind.
        organization_id: the organization's id.
        list_name: a name of `Record.index_entries`.
        seconds: the time limit.

    Raises:
        UnavailableError: The list holds more records than can be processed in time.
    """
    until = time.monotonic() + seconds
    position: str | None = None
    while True:
        listed = record_list(kind, organization_id, list_name, ReadBudget())
        page = take(listed, BATCH, start=position)
        for record in read_many(kind, organization_id, record_ids_of(page.entries)).values():
            if time.monotonic() > until:
                raise UnavailableError("There are more records than there is time for.")
            yield record
        if page.next_position is None:
            return
        position = page.next_position
