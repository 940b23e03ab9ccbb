"""The reactions to a change of a record, by event and record kind.

A new reader of the stream is one row. Every handler is idempotent: the stream delivers at least
once.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from crm.platform.dynamodb.parallel import all_of
from crm.records import team_deletion
from crm.records.changes import Change
from crm.records.history import service as history
from crm.records.registry import OWNED_KINDS, RECORD_KINDS
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
from crm.tenancy.teams.schemas import Team

Event = Literal["written", "changed", "deleted"]
"""`written`: the record exists after the change. `changed`: it also existed before."""

Handler = Callable[[Change], None]


def derive(change: Change) -> None:
    """Update history and text index of a record of any kind, at the same time."""
    all_of([partial(_keep_history, change), partial(index.follow, change.old, change.new)])


def follow(event: Event, change: Change) -> None:
    """Run the handler of an event, if the kind of the record has one."""
    handler = HANDLERS[event].get(change.address.kind)
    if handler is not None:
        handler(change)


def _keep_history(change: Change) -> None:
    # A record restored from an archive brings its own history.
    if change.new is not None and change.address.kind in RECORD_KINDS and not change.is_restored:
        history.keep(change.old, change.new)


def _complete_conversion(change: Change) -> None:
    assert isinstance(change.new, Lead)
    conversion.follow(change.old if isinstance(change.old, Lead) else None, change.new)


def _weigh_deals(change: Change) -> None:
    assert isinstance(change.old, Pipeline)
    assert isinstance(change.new, Pipeline)
    bulk_moves.weigh(change.old, change.new)


def _delete_dependents(change: Change) -> None:
    cascade.delete_dependents(*change.address)


def _delete_files(change: Change) -> None:
    cleanup.delete_remains(change.key, change.address)


def _delete_child_items(change: Change) -> None:
    deletion.delete_dependents(change.address.organization_id, change.address.record_id)


def _delete_team_access(change: Change) -> None:
    by = change.old.updated_by if change.old else ""
    team_deletion.delete_access(change.address.organization_id, change.address.record_id, by)


HANDLERS: Mapping[Event, Mapping[str, Handler]] = {
    "written": {Lead.KIND: _complete_conversion},
    "changed": {Pipeline.KIND: _weigh_deals},
    "deleted": {
        **dict.fromkeys(OWNED_KINDS, _delete_dependents),
        Document.KIND: _delete_files,
        Entity.KIND: _delete_child_items,
        Team.KIND: _delete_team_access,
    },
}
