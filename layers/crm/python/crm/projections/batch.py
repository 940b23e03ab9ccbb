"""One batch of stream records, projected."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.administration.erasure import derived_data
from crm.platform.stream import runner
from crm.projections import handlers
from crm.records import changes, deletion_log
from crm.records.changes import Change
from crm.records.registry import RECORD_KINDS
from crm.sales.reports.aggregates import batches
from crm.sales.reports.aggregates import service as aggregates
from crm.tenancy import tombstones


def run(records: Sequence[Mapping[str, Any]]) -> None:
    """Bring all data that is derived from the records of a batch up to date.

    Raises:
        UnavailableError: The infrastructure failed; Lambda repeats the batch.
    """
    runner.run(records, Batch(records).project)


class Batch:
    """Stream records of one batch. Their aggregates are updated together.

    Raises:
        UnavailableError: The infrastructure failed; Lambda repeats the batch.
    """

    def __init__(self, records: Sequence[Mapping[str, Any]]) -> None:
        self._read: dict[int, Change | None] = {}
        found = (change for record in records if (change := self._change(record)))
        self._is_aggregated = batches.follow_all((change.old, change.new) for change in found)

    def project(self, record: Mapping[str, Any]) -> None:
        """Bring all data that is derived from one record up to date."""
        change = self._change(record)
        if change is None:
            return
        if change.new is None and tombstones.is_gone(change.address.organization_id):
            _erase(change)
            return
        if not self._is_aggregated:
            aggregates.follow(change.old, change.new)
        handlers.derive(change)
        if change.new is None:
            _follow_deletion(change)
            return
        handlers.follow("written", change)
        if change.old is not None:
            handlers.follow("changed", change)

    def _change(self, record: Mapping[str, Any]) -> Change | None:
        """The change that a stream record reports, read once."""
        if id(record) not in self._read:
            self._read[id(record)] = changes.read(record)
        return self._read[id(record)]


def _erase(change: Change) -> None:
    """Erase the derived data of a record of a deleted organization.

    The stream is in order for each record: all of the record's data has been derived by now. What
    concurrent requests wrote beside its deletion is deleted too.
    """
    derived_data.erase(*change.address)
    if change.address.kind in RECORD_KINDS:
        handlers.follow("deleted", change)


def _follow_deletion(change: Change) -> None:
    """Delete the dependents of a deleted record; keep no derived data of an erased one."""
    marked = deletion_log.write(change.old) if change.old is not None else None
    # An erasure deletes the dependents of its roots itself: it has a list of them.
    if not (marked and marked.is_root):
        handlers.follow("deleted", change)
    if marked and marked.awaits(deletion_log.PROJECTIONS):
        deletion_log.note(marked, deletion_log.PROJECTIONS)
    elif marked:
        derived_data.delete(*change.address)
