"""The identity of the caller, from the access token."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.platform.errors import AuthenticationError
from crm.platform.fields import is_user_id

SUPER_ADMIN = "super_admin"


@dataclass(frozen=True)
class Identity:
    """The holder of a verified token.

    Attributes:
        user_id: the token's `sub`.
        is_super_admin: acts as an admin in any organization that a request names.
    """

    user_id: str
    is_super_admin: bool


def from_event(event: Mapping[str, Any]) -> Identity:
    """Return the holder of the token that API Gateway's JWT authorizer has verified.

    The authorizer accepts an ID token whose audience is the client; an ID token identifies a user
    but grants nobody the right to act for them, so it is refused here.

    Raises:
        AuthenticationError: The token has no claims or no usable `sub`, or is no access token.
    """
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    claims = (authorizer.get("jwt") or {}).get("claims") or {}
    user_id = str(claims.get("sub", ""))
    if not is_user_id(user_id):
        raise AuthenticationError
    if not _is_access_token(claims):
        raise AuthenticationError("An access token is required, not an ID token.")
    scopes = f"{claims.get('scope', '')} {claims.get('scp', '')}".split()
    return Identity(user_id, SUPER_ADMIN in {*scopes, *_groups(claims)})


def _is_access_token(claims: Mapping[str, Any]) -> bool:
    """Return whether it is an access token: by Cognito's `token_use`, else by having a scope."""
    use = claims.get("token_use")
    return use == "access" if use else "scope" in claims or "scp" in claims


def _groups(claims: Mapping[str, Any]) -> list[str]:
    """Return Cognito's groups, which API Gateway passes on as `[one two]`."""
    groups = claims.get("cognito:groups", "")
    if isinstance(groups, list):
        return [str(group) for group in groups]
    return re.findall(r"[^\s,\[\]\"]+", str(groups))
