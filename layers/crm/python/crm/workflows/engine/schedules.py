"""One-time schedules for delayed actions, named after execution and action."""

from datetime import UTC, datetime, timedelta
from functools import cache
from json import dumps
from typing import Any

from crm.platform import aws, clock, config

SOONEST = timedelta(minutes=1)


def set_off(organization_id: str, execution_id: str, action: int, at: datetime) -> None:
    """Create the schedule of a delayed action; safe to repeat, since its name is then taken.

    Args:
        organization_id: the owner of the execution.
        execution_id: the execution's.
        action: the number of the action.
        at: the time of the call; EventBridge Scheduler refuses a time in the past, so it is at
            least `SOONEST` from now.
    """
    from botocore.exceptions import ClientError

    due = max(at, clock.now() + SOONEST).astimezone(UTC)

    payload = {"organization_id": organization_id, "execution_id": execution_id, "action": action}
    try:
        _client().create_schedule(
            Name=_name(execution_id, action),
            GroupName=config.schedule_group(),
            ScheduleExpression=f"at({due.strftime('%Y-%m-%dT%H:%M:%S')})",
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE",
            Target={
                "Arn": config.timers_function_arn(),
                "RoleArn": config.scheduler_role_arn(),
                "Input": dumps(payload),
            },
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConflictException":
            raise


def call_off(execution_id: str, action: int) -> None:
    """Delete a schedule; one that has fired or never existed is no error."""
    client = _client()
    try:
        client.delete_schedule(Name=_name(execution_id, action), GroupName=config.schedule_group())
    except client.exceptions.ResourceNotFoundException:
        return


def _name(execution_id: str, action: int) -> str:
    return f"{execution_id}-{action}"


@cache
def _client() -> Any:
    return aws.client("scheduler")
