"""History: written from the stream, read newest first.

A row is derived from the images of one stream record, and its key from the record's version: a
repeated, late or out-of-order delivery writes the same row under the same key.
"""

from collections.abc import Sequence
from typing import Any

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, EntryList, ReadBudget
from crm.platform.dynamodb.queries import partition
from crm.platform.dynamodb.record import Answer, Record
from crm.platform.dynamodb.table import SYSTEM
from crm.records.history.schemas import FieldChange, HistoryRow

_SERVERS = frozenset({"id", "created_on", "created_by", "updated_on", "updated_by", "version"})
_CUSTOM = "custom_fields"


def keep(old: Record | None, new: Record) -> None:
    """Write the row of a version; safe to repeat, in any order."""
    row = row_of(old, new)
    key = keys.history(new.organization_id, new.KIND, new.id, new.version)
    SYSTEM.put(key, row.model_dump())


def row_of(old: Record | None, new: Record) -> HistoryRow:
    """Return the row of one version. Pure."""
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
    """List the history of a record, newest first. The stream writes it, so it trails a write."""
    pk = keys.history(organization_id, kind.KIND, record_id, 1).pk
    return partition(SYSTEM, pk, ReadBudget(), (LOWEST, HIGHEST), consistent=False)


def rows(entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of `list_all`."""
    return [HistoryRow.model_validate(entry).model_dump() for entry in entries]


def _fields(record: Record) -> dict[str, Any]:
    """Return the fields whose changes a client can see, each custom field by itself."""
    answer = {name: value for name, value in record.answer().items() if name not in _SERVERS}
    custom = answer.pop(_CUSTOM, {})
    return answer | {
        f"{_CUSTOM}.{name}": value for name, typed in custom.items() for value in typed.values()
    }
