"""The answer to `GET /api/me`."""

from pydantic import Field

from crm.platform.fields import Output, is_none
from crm.tenancy.permissions import Role
from crm.tenancy.profiles import Profile


class MyOrganization(Output):
    """An organization in the answer to `GET /api/me`."""

    id: str
    name: str
    role: Role


class Me(Profile):
    """The caller. `role` and `teams` only where the request names an organization."""

    organizations: list[MyOrganization]
    role: Role | None = Field(default=None, exclude_if=is_none)
    teams: list[str] | None = Field(default=None, exclude_if=is_none)
