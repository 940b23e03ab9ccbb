"""Alarm clocks for what is delayed: one-time schedules, named after what they are for."""

from datetime import UTC, datetime
from functools import cache
from json import dumps
from typing import Any

from crm.platform import aws, config


def set_off(organization_id: str, execution_id: str, action: int, at: datetime) -> None:
    """Have a delayed action looked at; safe to repeat, for the name is taken then.

    Args:
        organization_id: whose.
        execution_id: the execution.
        action: the number of the action.
        at: when.
    """
    from botocore.exceptions import ClientError

    payload = {"organization_id": organization_id, "execution_id": execution_id, "action": action}
    try:
        _client().create_schedule(
            Name=_name(execution_id, action),
            GroupName=config.schedule_group(),
            ScheduleExpression=f"at({at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S')})",
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
    """Take an alarm clock away; one that has rung, or that there never was, is no error."""
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
