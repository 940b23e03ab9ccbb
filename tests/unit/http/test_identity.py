"""The caller's identity in a token."""

from typing import Any

import pytest

from crm.http.identity import Identity, from_event
from crm.platform.errors import AuthenticationError


def event(**claims: Any) -> dict[str, Any]:
    return {"requestContext": {"authorizer": {"jwt": {"claims": claims, "scopes": None}}}}


@pytest.mark.parametrize(
    ("claims", "is_super_admin"),
    [
        ({"token_use": "access"}, False),
        ({"token_use": "access", "scope": "openid email"}, False),
        ({"token_use": "access", "scope": "super_admin"}, True),
        ({"token_use": "access", "scope": "openid super_admin"}, True),
        ({"token_use": "access", "scope": "super_admins"}, False),
        ({"token_use": "access", "scope": "not-super_admin"}, False),
        ({"token_use": "access", "scope": "brook/super_admin"}, False),
        ({"token_use": "access", "cognito:groups": "[super_admin]"}, True),
        ({"token_use": "access", "cognito:groups": "[one super_admin two]"}, True),
        ({"token_use": "access", "cognito:groups": '["super_admin","two"]'}, True),
        ({"token_use": "access", "cognito:groups": ["super_admin"]}, True),
        ({"token_use": "access", "cognito:groups": "super_admin"}, True),
        ({"token_use": "access", "cognito:groups": "[my-super_admin super_admin-2]"}, False),
        ({"token_use": "access", "cognito:groups": "[]"}, False),
        ({"scp": "openid"}, False),
        ({"scope": "openid"}, False),
        ({"scp": "super_admin"}, True),
        ({"scp": "[openid super_admin]"}, True),
        ({"scp": ["openid", "super_admin"]}, True),
        ({"scp": "[openid super_admins]"}, False),
        ({"token_use": "access", "scope": "[super_admin]"}, False),
        ({"token_use": "access", "scope": "openid,super_admin"}, False),
    ],
)
def test_access_tokens(claims: dict[str, Any], is_super_admin: bool) -> None:
    assert from_event(event(sub="user-1", **claims)) == Identity("user-1", is_super_admin)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"requestContext": {}},
        {"requestContext": {"authorizer": None}},
        {"requestContext": {"authorizer": {"jwt": None}}},
        {"requestContext": {"authorizer": {"lambda": {"sub": "user-1"}}}},
        event(),
        event(token_use="access"),
        event(sub="", token_use="access"),
        event(sub="ORG#1", token_use="access"),
        event(sub="a b", token_use="access"),
        event(sub="user-1"),
        event(sub="user-1", token_use="id"),
        event(sub="user-1", token_use="id", scope="super_admin"),
        event(sub="user-1", token_use="refresh"),
        event(sub="user-1", aud="client", email="a@example.com"),
    ],
)
def test_everything_else_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(AuthenticationError):
        from_event(given)
