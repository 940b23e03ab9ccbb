"""Paths, methods, parameters and the shape of errors."""

import pytest

from tests.support.client import Client

UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"


def test_health_needs_no_token() -> None:
    reply = Client("").with_claims(sub=None, token_use=None).get("/api/health")
    assert (reply.status, reply.json) == (200, {"status": "ok"})
    assert reply.headers["Cache-Control"] == "no-store"


def test_the_documentation_needs_no_token() -> None:
    nobody = Client("").with_claims(sub=None, token_use=None)
    document = nobody.get("/api/openapi.json")
    assert (document.status, document.headers["Content-Type"]) == (200, "application/json")
    assert document.json["openapi"].startswith("3.1")
    page = nobody.get("/api/docs")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "<html" in page.text


def test_every_path_answers_with_a_trailing_slash(ada: Client, team: str) -> None:
    for path in (
        "/api/health",
        "/api/me",
        "/api/organizations",
        f"/api/organizations/{ada.organization_id}",
        "/api/members",
        f"/api/members/{ada.user_id}",
        "/api/teams",
        f"/api/teams/{team}",
        "/api/documents",
    ):
        plain, slashed = ada.get(path), ada.get(path + "/")
        assert plain.status == 200
        assert slashed == plain


A_METHOD_THAT_A_PATH_LACKS: list[tuple[str, str, str]] = [
    ("DELETE", "/api/organizations", "GET, POST"),
    ("PUT", f"/api/organizations/{UNKNOWN}", "DELETE, GET, PATCH"),
    ("POST", "/api/me", "GET"),
    ("PUT", "/api/members/somebody", "DELETE, GET, PATCH"),
    ("PATCH", "/api/teams", "GET, POST"),
    ("POST", f"/api/teams/{UNKNOWN}/", "DELETE, GET, PATCH, PUT"),
    ("PUT", f"/api/documents/{UNKNOWN}/file", "GET, POST"),
    ("DELETE", f"/api/documents/{UNKNOWN}/versions", "GET"),
    ("DELETE", "/api/health", "GET"),
]


def test_a_method_that_a_path_lacks() -> None:
    for method, path, allow in A_METHOD_THAT_A_PATH_LACKS:
        reply = Client("somebody").call(method, path)
        assert reply.problem == (405, "method_not_allowed")
        assert reply.headers["Allow"] == allow


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/api/teams", "OPTIONS, GET, POST"),
        (f"/api/teams/{UNKNOWN}", "OPTIONS, DELETE, GET, PATCH, PUT"),
        ("/api/health", "OPTIONS, GET"),
    ],
)
def test_a_preflight_needs_no_token(path: str, allow: str) -> None:
    reply = Client("somebody").with_claims(sub=None).call("OPTIONS", path)
    assert (reply.status, reply.text, reply.headers["Allow"]) == (204, "", allow)


def test_a_preflight_of_a_path_that_does_not_exist() -> None:
    assert Client("somebody").call("OPTIONS", "/api/teams/x/y").problem == (404, "not_found")


WHAT_NAMES_NOTHING_IS_NOT_FOUND: list[str] = [
    "/api/teams/x",
    "/api/teams/%00",
    '/api/teams/"',
    "/api/teams/a b",
    "/api/teams/ä",
    "/api/teams/(x|y)",
    f"/api/teams/{UNKNOWN}x",
    f"/api/teams/{UNKNOWN.replace('-', '')}",
    "/api/teams/../members",
    f"/api/teams/{UNKNOWN}/users",
    "/api/members/a#b",
    "/api/members/nobody",
    "/api/documents/1",
    f"/api/documents/{UNKNOWN}",
    f"/api/documents/{UNKNOWN}/file",
    f"/api/documents/{UNKNOWN}/versions",
    f"/api/documents/{UNKNOWN}/versions/1/file",
    f"/api/documents/{UNKNOWN}/versions/0/file",
    f"/api/documents/{UNKNOWN}/versions/-1/file",
    f"/api/documents/{UNKNOWN}/versions/one/file",
    f"/api/documents/{UNKNOWN}/versions/1234567/file",
    f"/api/documents/{UNKNOWN}/nothing",
    "/api/organizations/x",
]


def test_what_names_nothing_is_not_found(ada: Client) -> None:
    for path in WHAT_NAMES_NOTHING_IS_NOT_FOUND:
        assert ada.get(path).problem == (404, "not_found")


def test_an_id_is_found_in_any_case(ada: Client, team: str) -> None:
    assert ada.get(f"/api/teams/{team.upper()}").json["id"] == team


def test_a_problem_document(ada: Client) -> None:
    reply = ada.post("/api/teams", {"name": "", "colour": "red"})
    assert reply.status == 422
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json == {
        "type": "about:blank",
        "title": "Validation failed",
        "status": 422,
        "code": "validation_failed",
        "detail": "2 fields cannot be accepted.",
        "errors": [
            {"field": "name", "message": "string should have at least 1 character"},
            {"field": "colour", "message": "is not a field that can be written"},
        ],
        "request_id": "request-1",
    }


AN_UNKNOWN_PARAMETER_NEVER_RETURNS_EVERYTHING: list[str] = [
    "/api/teams?nmae=Sales",
    "/api/teams?limit=1&Limit=1",
    "/api/me?limit=1",
    "/api/members?role=admin",
    "/api/organizations?name=x",
    "/api/documents?titel=x",
    "/api/documents?limit=1&x",
    f"/api/teams/{UNKNOWN}?fields=name",
    f"/api/documents/{UNKNOWN}?expand=all",
]


def test_an_unknown_parameter_never_returns_everything(ada: Client) -> None:
    for path in AN_UNKNOWN_PARAMETER_NEVER_RETURNS_EVERYTHING:
        assert ada.get(path).problem == (400, "unknown_parameter")


A_VALUE_OF_THE_WRONG_FORM: list[tuple[str, str]] = [
    ("limit=0", "limit"),
    ("limit=101", "limit"),
    ("limit=-1", "limit"),
    ("limit=ten", "limit"),
    ("limit=", "limit"),
    ("offset=-1", "offset"),
    ("offset=1001", "offset"),
    ("offset=1e2", "offset"),
    ("status=archived", "status"),
    ("status=ACTIVE", "status"),
    ("status=", "status"),
    ("shared_with=sales", "shared_with"),
    ("created_by=a%23b", "created_by"),
    ("created_after=yesterday", "created_after"),
    ("created_after=2026-02-30", "created_after"),
    ("created_after=20261121", "created_after"),
    ("created_before=2026-11-21T08:30:00", "created_before"),
    ("created_before=1763714000", "created_before"),
    ("created_after=0001-01-01T00:00:00%2B05:00", "created_after"),
    ("created_before=9999-12-31T23:59:59-05:00", "created_before"),
    ("related_to_type=team&related_to_id=" + UNKNOWN, "related_to_type"),
    ("related_to_type=deal&related_to_id=1", "related_to_id"),
    ("related_to_type=deal", "related_to_id"),
    ("related_to_id=" + UNKNOWN, "related_to_id"),
    ("title=" + "x" * 256, "title"),
]


def test_a_value_of_the_wrong_form(ada: Client) -> None:
    for query, field in A_VALUE_OF_THE_WRONG_FORM:
        reply = ada.get(f"/api/documents?{query}")
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == [field]


def test_a_parameter_given_twice(ada: Client) -> None:
    reply = ada.get("/api/teams?limit=1&limit=2")
    assert reply.problem == (422, "validation_failed")
