"""What follows from records: history, the text index, and what goes after a deleted record."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from crm.administration.erasure import derived, projected
from crm.platform import logging
from crm.platform.errors import UnavailableError
from crm.platform.stream import concurrency, runner
from crm.records import changes, deletion_log, shared_record
from crm.records.changes import Change
from crm.records.history import service as history
from crm.records.registry import HISTORY_KINDS, OWNED_KINDS, SHARED_KINDS
from crm.records.search import index
from crm.related import cascade
from crm.related.documents import cleanup
from crm.related.documents.schemas import Document
from crm.sales.deals import bulk_moves
from crm.sales.entities import deletion
from crm.sales.entities.schemas import Entity
from crm.sales.leads import conversion
from crm.sales.leads.schemas import Lead
from crm.sales.pipelines.schemas import Pipeline
from crm.sales.reports.aggregates import batches
from crm.sales.reports.aggregates import service as sums
from crm.tenancy import tombstones
from crm.tenancy.teams.schemas import Team

SWEEP_SECONDS = 30.0


@logging.guarded
def handler(event: dict[str, Any], _context: Any) -> None:
    records = event["Records"]
    runner.run(records, Batch(records).project)


class Batch:
    """Stream records that come together: what they add to sums is added together.

    Raises:
        UnavailableError: the infrastructure failed; the batch is to be repeated.
    """

    def __init__(self, records: Sequence[Mapping[str, Any]]) -> None:
        self._read: dict[int, Change | None] = {}
        told = (change for record in records if (change := self._change(record)))
        self._is_summed = batches.follow_all((change.old, change.new) for change in told)

    def project(self, record: Mapping[str, Any]) -> None:
        """Bring everything that is derived from a record up to it."""
        change = self._change(record)
        if change is None:
            return
        if change.new is None and tombstones.is_gone(change.address.organization_id):
            _forget(change)
            return
        if not self._is_summed:
            sums.follow(change.old, change.new)
        concurrency.all_of(
            [partial(_remember, change), partial(index.follow, change.old, change.new)]
        )
        if isinstance(change.old, Pipeline) and isinstance(change.new, Pipeline):
            bulk_moves.weigh(change.old, change.new)
        if isinstance(change.new, Lead):
            conversion.follow(change.old if isinstance(change.old, Lead) else None, change.new)
        if change.new is None:
            _follow_end(change)

    def _change(self, record: Mapping[str, Any]) -> Change | None:
        """What a record of the batch tells of, read once."""
        if id(record) not in self._read:
            self._read[id(record)] = changes.read(record)
        return self._read[id(record)]


def _remember(change: Change) -> None:
    """Keep its row of the history, for the kinds that have one."""
    remembered = change.address.kind in HISTORY_KINDS and not change.is_restored
    if change.new is not None and remembered:
        history.keep(change.old, change.new)


def _forget(change: Change) -> None:
    """Erase what is left of a record of an organization that is no more.

    The stream tells of a record in order: all that was to be derived from it has been, and what
    was written beside its deletion, by requests that were on their way, is swept.
    """
    projected.erase(*change.address)
    if change.address.kind in {*OWNED_KINDS, Document.KIND}:
        _AFTER[change.address.kind](change)


def _follow_end(change: Change) -> None:
    """Do what goes after a deleted record; leave nothing of one that is being erased."""
    marked = deletion_log.write(change.old) if change.old is not None else None
    # What hangs on a record that somebody asked to erase is swept by whoever has written it down.
    if change.address.kind in _AFTER and not (marked and marked.is_root):
        _AFTER[change.address.kind](change)
    if marked and marked.awaits(deletion_log.PROJECTIONS):
        deletion_log.note(marked, deletion_log.PROJECTIONS)
    elif marked:
        derived.forget(*change.address)


def _after_document(change: Change) -> None:
    cleanup.sweep(change.key, change.address)


def _after_entity(change: Change) -> None:
    deletion.sweep(change.address.organization_id, change.address.record_id)


def _after_owned(change: Change) -> None:
    cascade.sweep(*change.address)


def _after_team(change: Change) -> None:
    until = time.monotonic() + SWEEP_SECONDS
    organization_id, _, team_id = change.address
    by = change.old.updated_by if change.old else ""
    if not shared_record.withdraw(SHARED_KINDS.values(), organization_id, team_id, by, until):
        raise UnavailableError("There is more to take back from a deleted team.")


_AFTER: dict[str, Callable[[Change], None]] = {
    **dict.fromkeys(OWNED_KINDS, _after_owned),
    Document.KIND: _after_document,
    Entity.KIND: _after_entity,
    Team.KIND: _after_team,
}
