"""The caller, and the organization of a request."""

from typing import Any

import pytest

from tests.support.client import Client

UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"


WHAT_IS_NO_ACCESS_TOKEN_IS_REFUSED: list[dict[str, Any]] = [
    {"token_use": "id", "aud": "app", "scope": None},
    {"token_use": "id"},
    {"token_use": None, "scope": None},
    {"sub": None},
    {"sub": ""},
    {"sub": "a#b"},
]


def test_what_is_no_access_token_is_refused(ada: Client) -> None:
    for claims in WHAT_IS_NO_ACCESS_TOKEN_IS_REFUSED:
        caller = ada.with_claims(**claims)
        assert caller.get("/api/teams").problem == (401, "unauthenticated")
        assert caller.within(None).get("/api/teams").problem == (401, "unauthenticated")
        assert caller.get("/api/me").problem == (401, "unauthenticated")
        assert caller.post("/api/organizations", {"name": "X"}).problem == (401, "unauthenticated")


def test_an_access_token_of_another_issuer(ada: Client) -> None:
    assert ada.with_claims(token_use=None, scope="crm").get("/api/teams").status == 200


def test_a_request_that_no_authorizer_saw(ada: Client) -> None:
    from tests.support.client import function

    event = ada.event("GET", "/api/teams", {}, "")
    del event["requestContext"]["authorizer"]
    assert function("teams")(event, None)["statusCode"] == 401


AN_ORGANIZATION_IS_REQUIRED: list[str | None] = [
    None,
    "",
    "brook",
    UNKNOWN[:-1],
    f"{{{UNKNOWN}}}",
    "../etc",
]


def test_an_organization_is_required(ada: Client) -> None:
    for value in AN_ORGANIZATION_IS_REQUIRED:
        headers = {} if value is None else {"organization-id": value}
        nowhere = ada.within(None)
        for path in ("/api/teams", "/api/members", "/api/documents", f"/api/documents/{UNKNOWN}"):
            assert nowhere.get(path, headers=headers).problem == (400, "organization_required")


def test_any_spelling_of_its_id(ada: Client) -> None:
    assert ada.organization_id
    assert ada.within(ada.organization_id.upper()).get("/api/teams").status == 200


def test_foreign_and_unknown_answer_with_the_same_bytes(ada: Client, eve: Client) -> None:
    for path in ("/api/teams", "/api/me", f"/api/members/{ada.user_id}"):
        foreign, unknown = ada.within(eve.organization_id).get(path), ada.within(UNKNOWN).get(path)
        assert foreign.problem == (403, "not_a_member")
        assert foreign == unknown


class TestSuperAdmin:
    """Acts as admin in whichever organization the header names."""

    @pytest.mark.parametrize(
        "claims",
        [
            {"scope": "openid super_admin"},
            {"scope": None, "cognito:groups": "[other super_admin]"},
            {"scp": "super_admin"},
        ],
    )
    def test_by_scope_or_group(self, root: Client, claims: dict[str, Any]) -> None:
        caller = root.with_claims(**{"scope": "openid", **claims})
        assert caller.post("/api/teams", {"name": "Sales"}).status == 201

    @pytest.mark.parametrize(
        "claims", [{"scope": "openid"}, {"scope": "not_super_admin"}, {"cognito:groups": "[x]"}]
    )
    def test_by_nothing_else(self, root: Client, claims: dict[str, Any]) -> None:
        caller = root.with_claims(**{"scope": "openid", **claims})
        assert caller.get("/api/teams").problem == (403, "not_a_member")

    def test_an_organization_that_does_not_exist(self, root: Client) -> None:
        assert root.within(UNKNOWN).get("/api/teams").problem == (404, "not_found")

    def test_an_organization_is_required_all_the_same(self, root: Client) -> None:
        assert root.within(None).get("/api/teams").problem == (400, "organization_required")

    def test_one_organization_at_a_time(self, root: Client, team: str, eve: Client) -> None:
        elsewhere = root.within(eve.organization_id)
        assert root.get("/api/teams").ids == [team]
        assert elsewhere.get("/api/teams").ids == []
        assert elsewhere.get(f"/api/teams/{team}").problem == (404, "not_found")

    def test_a_member_who_is_one_keeps_their_teams(self, cleo: Client, team: str) -> None:
        mine = cleo.with_claims(scope="super_admin").get("/api/me").json
        assert (mine["role"], mine["teams"]) == ("admin", [team])
