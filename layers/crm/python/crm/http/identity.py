"""Who the token says is calling."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.platform.errors import AuthenticationError
from crm.platform.fields import is_user_id

SUPER_ADMIN = "super_admin"


@dataclass(frozen=True)
class Identity:
    """A verified token's holder.

    Attributes:
        user_id: the token's `sub`.
        is_super_admin: acts as admin in whichever organization a request names.
    """

    user_id: str
    is_super_admin: bool


def from_event(event: Mapping[str, Any]) -> Identity:
    """The holder of the token that API Gateway's JWT authorizer has checked.

    The authorizer accepts an ID token whose audience is the client; an ID token says who somebody
    is and not what may be done in their name, so it is refused here.

    Raises:
        AuthenticationError: no claims, no usable `sub`, or not an access token.
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
    """Cognito says so; of other issuers' tokens, an access token is the one that has a scope."""
    use = claims.get("token_use")
    return use == "access" if use else "scope" in claims or "scp" in claims


def _groups(claims: Mapping[str, Any]) -> list[str]:
    """Cognito's groups, which API Gateway hands on as `[one two]`."""
    groups = claims.get("cognito:groups", "")
    if isinstance(groups, list):
        return [str(group) for group in groups]
    return re.findall(r"[^\s,\[\]\"]+", str(groups))
