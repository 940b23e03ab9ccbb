"""Rows of a record's history."""

from typing import Any

from crm.platform.fields import Output


class FieldChange(Output):
    """What became of one field. `old` is null where it had no value, `new` where it has none."""

    field: str
    old: Any
    new: Any


class HistoryRow(Output):
    """One version of a record.

    Attributes:
        version: the version that came of it.
        at: when it was written.
        by: who wrote it.
        action: `created`, `updated`, or what the record's kind calls it, such as `merged`.
        changes: the fields that changed, one entry for each custom field.
    """

    version: int
    at: str
    by: str
    action: str
    changes: list[FieldChange]
