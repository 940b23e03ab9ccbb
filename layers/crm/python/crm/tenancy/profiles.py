"""Public profiles of users, and summaries of teams."""

from typing import Any, Self

from crm.platform.fields import Output


class Profile(Output):
    """What is shown of a person. Empty where the user pool, or an organization, knows nothing."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""

    @classmethod
    def of(cls, source: Any) -> Self:
        """Return the profile of an object that has its four attributes."""
        return cls(
            id=source.id,
            first_name=source.first_name,
            last_name=source.last_name,
            email=source.email,
        )


class TeamSummary(Output):
    """A team that something is shared with, with the people in it."""

    id: str
    name: str
    users: list[Profile]
