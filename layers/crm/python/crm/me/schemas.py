"""The answer to `GET /api/me`."""

from pydantic import BaseModel

from crm.access import Role
from crm.people import Profile


class MyOrganization(BaseModel):
    """An organization in the answer to `GET /api/me`."""

    id: str
    name: str
    role: Role


class Me(Profile):
    """The caller. `role` and `teams` only where the request names an organization."""

    organizations: list[MyOrganization]
    role: Role | None = None
    teams: list[str] | None = None
