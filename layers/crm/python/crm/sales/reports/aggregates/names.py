"""Names of aggregates. Pure.

A name is a partition of rows that are read together; a row holds integers by attribute name.
Neither holds text of a user.
"""

ALL = "all"
"""The group of all records of an organization."""


def of_user(user_id: str) -> str:
    """Return the group of the records that are assigned to a user."""
    return f"user#{user_id}"


def board(pipeline_id: str, group: str) -> str:
    """Return the name of a pipeline's current deals: by stage, expected month and closing day."""
    return f"board#{pipeline_id}#{group}"


def velocity(pipeline_id: str, group: str) -> str:
    """Return the name of the stage transitions in a pipeline, by day."""
    return f"velocity#{pipeline_id}#{group}"


def activities(group: str) -> str:
    """Return the name of the activities by day."""
    return f"activities#{group}"


def stage_row(stage_id: str) -> str:
    return f"stage#{stage_id}"


def month_row(month: str) -> str:
    """Return the row of a month, `YYYY-MM`."""
    return f"month#{month}"


def closed_row(day: str, status: str) -> str:
    """Return the row of the deals that were won, or lost, on a day."""
    return f"closed#{day}#{status}"


def move_row(day: str, stage_id: str) -> str:
    """Return the row of the entries into a stage, and the exits from it, on a day."""
    return f"day#{day}#{stage_id}"
