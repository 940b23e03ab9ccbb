"""How sums are named. Pure.

A name is a partition of rows that are read together; a row holds whole numbers under their
attributes' names. Neither holds what a user has written.
"""

ALL = "all"
"""The group of everything that the organization has."""


def of_user(user_id: str) -> str:
    """The group of what is assigned to somebody."""
    return f"user#{user_id}"


def board(pipeline_id: str, group: str) -> str:
    """Deals of a pipeline as they are now: by stage, expected month and day of closing."""
    return f"board#{pipeline_id}#{group}"


def velocity(pipeline_id: str, group: str) -> str:
    """Moves of deals of a pipeline, by day."""
    return f"velocity#{pipeline_id}#{group}"


def activities(group: str) -> str:
    """Activities by day."""
    return f"activities#{group}"


def stage_row(stage_id: str) -> str:
    return f"stage#{stage_id}"


def month_row(month: str) -> str:
    """A month, `YYYY-MM`."""
    return f"month#{month}"


def closed_row(day: str, status: str) -> str:
    """What was won, or lost, on a day."""
    return f"closed#{day}#{status}"


def move_row(day: str, stage_id: str) -> str:
    """What came into a stage, and left it, on a day."""
    return f"day#{day}#{stage_id}"
