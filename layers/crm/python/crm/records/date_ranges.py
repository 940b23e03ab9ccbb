"""Matches of a date range, re-sorted by creation time."""

from collections.abc import Sequence

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import COUNT_LIMIT, LOWEST, EntryList, ReadBudget, known
from crm.platform.dynamodb.parallel import in_parallel
from crm.platform.dynamodb.queries import Accept, record_id_of
from crm.platform.dynamodb.table import RECORDS
from crm.records.owned_record import OwnedRecord

MAX_ENTRIES = COUNT_LIMIT


def in_range(
    kind: type[OwnedRecord],
    organization_id: str,
    list_names: Sequence[str],
    between: tuple[str, str],
    budget: ReadBudget,
    accept: Accept | None = None,
    most: int = MAX_ENTRIES,
) -> EntryList | None:
    """Return the index items between two sort keys of any of the lists, newest record first.

    The range is read as a whole, because its own order is not by creation time.

    Args:
        kind: the record kind.
        organization_id: the organization's id.
        list_names: lists whose sort keys end with `#` and the id of the record.
        between: the lowest and the highest sort key, both included.
        budget: the request's read budget.
        accept: filter of index items; items that it refuses are left out.
        most: maximum number of index items read from one list.

    Returns:
        None if a list holds more than `most` in the range: the lists by creation time have to be
        scanned instead.
    """

    def read(name: str) -> list[Item]:
        pk = keys.index_item(organization_id, kind.KIND, name, LOWEST).pk
        return RECORDS.query(pk, between, most + 1, newest_first=True)

    parts = in_parallel(read, list_names)
    budget.left -= sum(len(part) for part in parts)
    if any(len(part) > most for part in parts):
        return None
    entries = {
        record_id_of(entry): entry
        for part in parts
        for entry in part
        if accept is None or accept(entry)
    }
    return known([{**entry, "sk": record_id} for record_id, entry in entries.items()])
