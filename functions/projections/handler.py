"""What follows from records: history, the text index, and what goes after a deleted record."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from crm import sharing
from crm.documents import cleanup
from crm.documents.schemas import Document
from crm.entities import deletion
from crm.entities.schemas import Entity
from crm.errors import UnavailableError
from crm.history import service as history
from crm.kinds import HISTORY_KINDS, SHARED_KINDS
from crm.search import index
from crm.stream import changes, runner
from crm.stream.changes import Change
from crm.teams.schemas import Team

SWEEP_SECONDS = 30.0


def handler(event: dict[str, Any], _context: Any) -> None:
    runner.run(event["Records"], project)


def project(record: Mapping[str, Any]) -> None:
    """Bring everything that is derived from a record up to it."""
    change = changes.read(record)
    if change is None:
        return
    index.follow(change.old, change.new)
    if change.new is not None and change.address.kind in HISTORY_KINDS:
        history.keep(change.old, change.new)
    if change.new is None and change.address.kind in _AFTER:
        _AFTER[change.address.kind](change)


def _after_document(change: Change) -> None:
    cleanup.sweep(change.key, change.address)


def _after_entity(change: Change) -> None:
    deletion.sweep(change.key)


def _after_team(change: Change) -> None:
    until = time.monotonic() + SWEEP_SECONDS
    organization_id, _, team_id = change.address
    by = change.old.updated_by if change.old else ""
    if not sharing.withdraw(SHARED_KINDS, organization_id, team_id, by, until):
        raise UnavailableError("There is more to take back from a deleted team.")


_AFTER: dict[str, Callable[[Change], None]] = {
    Document.KIND: _after_document,
    Entity.KIND: _after_entity,
    Team.KIND: _after_team,
}
