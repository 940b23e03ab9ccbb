"""What `status`, `is_completed` and `completed_on` have to do with each other. Pure.

A task is completed if its status says so, if `is_completed` says so, and if it has a time of
completion: all three, or none. The other types of activity have no status.
"""

from collections.abc import Mapping
from typing import Any

from crm.platform.errors import ValidationFailedError
from crm.related.activities.schemas import Activity, AnyBody, TaskStatus, TaskWrite

COMPLETED: TaskStatus = "completed"
REOPENED: TaskStatus = "not_started"


def fields(body: AnyBody) -> dict[str, Any]:
    """What is written of an activity; of a task, whatever is named decides.

    Raises:
        ValidationFailedError: both are named, and contradict each other.
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
    """What the changes of a merge patch bring along that it does not name.

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
    """A version with the time of its completion, which stays while it stays completed."""
    if not new.is_completed:
        return new.model_copy(update={"completed_on": None})
    since = old.completed_on if old else None
    return new.model_copy(update={"completed_on": since or new.updated_on})
