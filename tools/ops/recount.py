"""Recomputes the aggregates of an organization."""

from typing import Any

from tools.ops.stack_access import Operated


def recount(stack: Operated, organization_id: str) -> dict[str, Any]:
    """Call the deployed function until the recount is complete.

    Raises:
        LocalStackError: the function failed.
        EndpointConnectionError: there is no stack.
    """
    while True:
        found: dict[str, Any] = stack.call("recount", {"organization_id": organization_id})
        if found["done"]:
            return found
