"""History: written by the stream, read newest first.

A row is made of the images of one stream record, and its key of the record's version: a delivery
that is repeated, late or out of order writes the same row to the same place.
"""

from collections.abc import Sequence
from typing import Any

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, Allowance, EntryList
from crm.platform.dynamodb.queries import partition
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import BOOKKEEPING
from crm.records.history.schemas import FieldChange, HistoryRow

_SERVERS = frozenset({"id", "created_on", "created_by", "updated_on", "updated_by", "version"})
_CUSTOM = "custom_fields"


def keep(old: Record | None, new: Record) -> None:
    """Write the row of a version; safe to repeat, in any order."""
    row = row_of(old, new)
    key = keys.history(new.organization_id, new.KIND, new.id, new.version)
    BOOKKEEPING.put(key, row.model_dump())


def row_of(old: Record | None, new: Record) -> HistoryRow:
    """What one version changed. Pure."""
    before, after = (_fields(old) if old else {}), _fields(new)
    return HistoryRow(
        version=new.version,
        at=new.updated_on,
        by=new.updated_by,
        action=new.action(old),
        changes=[
            FieldChange(field=name, old=before.get(name), new=after.get(name))
            for name in sorted(before.keys() | after.keys())
            if before.get(name) != after.get(name)
        ],
    )


def list_all(kind: type[Record], organization_id: str, record_id: str) -> EntryList:
    """The history of a record, newest first. It comes from the stream, and trails a write."""
    pk = keys.history(organization_id, kind.KIND, record_id, 1).pk
    return partition(BOOKKEEPING, pk, Allowance(), (LOWEST, HIGHEST), consistent=False)


def rows(entries: Sequence[Item]) -> list[dict[str, Any]]:
    """The rows of a page of `list_all`."""
    return [HistoryRow.model_validate(entry).model_dump() for entry in entries]


def _fields(record: Record) -> dict[str, Any]:
    """What a client can see change, each custom field by itself."""
    answer = {name: value for name, value in record.answer().items() if name not in _SERVERS}
    custom = answer.pop(_CUSTOM, {})
    return answer | {
        f"{_CUSTOM}.{name}": value for name, typed in custom.items() for value in typed.values()
    }
