"""A range of a position other than age, as a list by age."""

from collections.abc import Sequence

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import COUNT_LIMIT, LOWEST, Allowance, EntryList, known
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
    allowance: Allowance,
    accept: Accept | None = None,
    most: int = MAX_ENTRIES,
) -> EntryList | None:
    """What at least one list holds between two positions, as a list by age, newest first.

    It is read as a whole, because its own order is another one.

    Args:
        kind: the record kind.
        organization_id: whose.
        list_names: lists whose positions end with the id of the record, after a `#`.
        between: the lowest and the highest position, both included.
        allowance: the request's own.
        accept: entries that it refuses are left out.
        most: how many entries of a list are read as a whole.

    Returns:
        None if a list holds more than is read as a whole: those by age have to be gone through.
    """

    def read(name: str) -> list[Item]:
        pk = keys.entry(organization_id, kind.KIND, name, LOWEST).pk
        return RECORDS.query(pk, between, most + 1, newest_first=True)

    parts = in_parallel(read, list_names)
    allowance.left -= sum(len(part) for part in parts)
    if any(len(part) > most for part in parts):
        return None
    entries = {
        record_id_of(entry): entry
        for part in parts
        for entry in part
        if accept is None or accept(entry)
    }
    return known([{**entry, "sk": record_id} for record_id, entry in entries.items()])
