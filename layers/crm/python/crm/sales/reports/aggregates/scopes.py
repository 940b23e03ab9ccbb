"""Scopes of boards and reports: all records of the organization, or the caller's own. Pure."""

from typing import Annotated, Literal

from pydantic import Field

from crm.platform.errors import PermissionDeniedError
from crm.sales.reports.aggregates import names
from crm.tenancy.permissions import Caller

Scope = Literal["organization", "mine"]

AskedScope = Annotated[
    Scope | None,
    Field(
        description="`organization` is for admins, and what they get; others get `mine`: what is"
        " assigned to the caller."
    ),
]


def resolve(caller: Caller, scope: Scope | None) -> Scope:
    """Return the requested scope; without one, the widest that the caller may have.

    Raises:
        PermissionDeniedError: A member requests the whole organization.
    """
    if scope == "organization" and not caller.is_admin:
        raise PermissionDeniedError("Only admins see the whole organization.")
    return scope or ("organization" if caller.is_admin else "mine")


def group(caller: Caller, scope: Scope) -> str:
    """Return the group of aggregates of a scope."""
    return names.ALL if scope == "organization" else names.of_user(caller.user_id)
