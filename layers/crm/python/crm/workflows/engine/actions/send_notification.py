"""The action that notifies users, in Brook or by email."""

from collections.abc import Sequence

from crm.platform import ids
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.queries import read
from crm.platform.errors import LimitExceededError, ValidationFailedError
from crm.platform.fields import is_user_id
from crm.platform.ids import is_id
from crm.records.owned_record import OwnedRecord
from crm.tenancy.members import service as members
from crm.tenancy.notifications import service as notifications
from crm.tenancy.teams.schemas import Team
from crm.workflows.engine import email
from crm.workflows.engine.actions.context import Context, Done, Planned

MAX_PEOPLE = 30
"""All are notified in one transaction, with the step to the next action."""


def run(context: Context, action: Planned) -> Done:
    people = _people(context, action["to"])
    if len(people) > MAX_PEOPLE:
        raise LimitExceededError(f"No more than {MAX_PEOPLE} people can be told at once.")
    send = _tell if action["channel"] == "in_app" else _mail
    send(context, action, people)
    return Done({"told": len(people)})


def _tell(context: Context, action: Planned, people: Sequence[str]) -> None:
    execution = context.execution
    for user_id in people:
        notifications.notify(
            context.transaction,
            execution.organization_id,
            user_id,
            ids.new_id(),
            action["subject"],
            action["body"],
            RecordRef(execution.record_type, execution.record_id),
        )


def _mail(context: Context, action: Planned, people: Sequence[str]) -> None:
    """Send before the step is committed: a retry after a crash may repeat mail, but loses none."""
    profiles = members.profiles(context.execution.organization_id, people)
    for user_id in people:
        email.send(profiles[user_id].email, action["subject"], action["body"])


def _people(context: Context, to: str) -> list[str]:
    """Return the recipients that are active members.

    Raises:
        ValidationFailedError: No recipient is an active member.
    """
    organization_id = context.execution.organization_id
    if to in {"owner", "creator"}:
        record = context.record()
        owner = record.assigned_to if isinstance(record, OwnedRecord) else record.created_by
        wanted = [owner if to == "owner" else record.created_by]
    elif is_id(to) and read(Team, organization_id, to) is not None:
        wanted = members.active_in_team(organization_id, to)
    else:
        wanted = [to] if is_user_id(to) else []
    active = members.active_among(organization_id, wanted)
    if not active:
        raise ValidationFailedError.of("to", "is nobody who is active")
    return active
