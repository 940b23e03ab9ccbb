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
    scopes = str(claims.get("scope", "")).split()
    granted = {*scopes, *_values(claims.get("scp")), *_values(claims.get("cognito:groups"))}
    return Identity(user_id, SUPER_ADMIN in granted)


def _is_access_token(claims: Mapping[str, Any]) -> bool:
    """Return whether it is an access token: by Cognito's `token_use`, else by having a scope."""
    use = claims.get("token_use")
    return use == "access" if use else "scope" in claims or "scp" in claims


def _values(claim: Any) -> list[str]:
    """Return the values of a claim: Cognito's groups, or the scopes of Okta and Microsoft Entra.

    The claim is a list or words; API Gateway passes a list on as `[one two]`.
    """
    if isinstance(claim, list):
        return [str(value) for value in claim]
    return re.findall(r"[^\s,\[\]\"]+", str(claim or ""))
