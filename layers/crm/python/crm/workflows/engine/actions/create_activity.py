"""The action that creates a task or a note about the record."""

from typing import Any

from crm.platform import ids
from crm.platform.errors import NotFoundError
from crm.records.owned_record import OwnedRecord
from crm.records.registry import OWNED_KINDS
from crm.records.shared_record import SharedRecord
from crm.related.activities.schemas import Activity, ActivityWrite
from crm.related.activities.service import ACTIVITIES
from crm.workflows.engine.actions.context import Context, Done, Planned


def run(context: Context, action: Planned) -> Done:
    record = _record(context)
    body = {
        "type": action["activity_type"],
        "subject": action["subject"],
        "assigned_to": action.get("assigned_to") or _owner(record) or context.caller.user_id,
        **{name: action.get(name) for name in ("description", "due_date")},
        **_about(record),
    }
    made = ACTIVITIES.create(
        context.transaction,
        context.caller,
        ids.new_id(),
        ActivityWrite.model_validate(body),
        ACTIVITIES.definitions(context.caller),
    )
    return Done({"activity_id": made.id})


def _record(context: Context) -> SharedRecord | None:
    try:
        return context.record()
    except NotFoundError:
        return None


def _owner(record: SharedRecord | None) -> str | None:
    return record.assigned_to if isinstance(record, OwnedRecord) else None


def _about(record: SharedRecord | None) -> dict[str, Any]:
    """Return the reference of the activity: the record or, for an activity, its own parent."""
    target = (record.KIND, record.id) if record else None
    if isinstance(record, Activity):
        target = record.parent
    if target is None or target[0] not in OWNED_KINDS:
        return {}
    return {"related_to_type": target[0], "related_to_id": target[1]}
