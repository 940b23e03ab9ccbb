"""What follows from records: the text index, the end of a team's sharing, a document's files."""

import time
from collections.abc import Mapping
from typing import Any

from crm import sharing
from crm.documents import cleanup
from crm.documents.schemas import Document
from crm.errors import UnavailableError
from crm.kinds import SHARED_KINDS
from crm.search import index
from crm.stream import changes, runner
from crm.teams.schemas import Team

SWEEP_SECONDS = 30.0


def handler(event: dict[str, Any], _context: Any) -> None:
    runner.run(event["Records"], project)


def project(record: Mapping[str, Any]) -> None:
    """Bring everything that is derived from a record up to it."""
    change = changes.read(record)
    if change is None:
        return
    old, new = change.old, change.new
    if isinstance(new, Document):
        index.update("document", new.organization_id, new.id, new.version, new.title)
    elif isinstance(old, Document):
        index.update("document", old.organization_id, old.id, old.version + 1, None)
        cleanup.sweep(change.key, change.address)
    elif isinstance(old, Team) and new is None:
        until = time.monotonic() + SWEEP_SECONDS
        if not sharing.withdraw(SHARED_KINDS, old.organization_id, old.id, old.updated_by, until):
            raise UnavailableError("There is more to take back from a deleted team.")
