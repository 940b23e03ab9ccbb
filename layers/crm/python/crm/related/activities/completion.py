"""The consistency of `status`, `is_completed` and `completed_on`. Pure.

A task is completed if its status is `completed`, `is_completed` is true and `completed_on` is set:
all three, or none. The other types of activity have no status.
"""

from collections.abc import Mapping
from typing import Any

from crm.platform.errors import ValidationFailedError
from crm.related.activities.schemas import Activity, AnyBody, TaskStatus, TaskWrite

COMPLETED: TaskStatus = "completed"
REOPENED: TaskStatus = "not_started"


def fields(body: AnyBody) -> dict[str, Any]:
    """Return the fields to write of an activity; of a task, the one that is named sets the other.

    Raises:
        ValidationFailedError: Both are named, and contradict each other.
    """
    written = body.model_dump()
    if not isinstance(body, TaskWrite):
        return written
    if "status" not in body.model_fields_set:
        return {**written, "status": COMPLETED} if body.is_completed else written
    done = body.status == COMPLETED
    if "is_completed" in body.model_fields_set and body.is_completed != done:
        raise ValidationFailedError.of("is_completed", f"contradicts the status {body.status}")
    return {**written, "is_completed": done}


def implied(old: Activity, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that a merge patch changes without naming them.

    Args:
        old: the activity as it was read.
        changes: the body as it was sent.
    """
    if old.type != "task" or {"status", "is_completed"} <= changes.keys():
        return {}
    if "status" in changes:
        return {"is_completed": changes["status"] == COMPLETED}
    if changes.get("is_completed") is True:
        return {"status": COMPLETED}
    reopened = "is_completed" in changes and old.is_completed
    return {"status": REOPENED} if reopened else {}


def stamped(new: Activity, old: Activity | None) -> Activity:
    """Return a version with its completion time, which is kept while it stays completed."""
    if not new.is_completed:
        return new.model_copy(update={"completed_on": None})
    since = old.completed_on if old else None
    return new.model_copy(update={"completed_on": since or new.updated_on})
