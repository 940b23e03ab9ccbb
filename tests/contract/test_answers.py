"""The check that integration tests put all answers to: it must refuse what is wrong."""

from typing import Any

import pytest

from tests.support.answers import check

JSON, PROBLEM = "application/json", "application/problem+json"
ID = "01939c2e-6b1a-7c3d-8e4f-5a6b7c8d9e0f"
TIME = "2026-12-01T09:30:00.000Z"

TEAM: dict[str, Any] = {
    "id": ID,
    "name": "North",
    "description": None,
    "users": [],
    "created_on": TIME,
    "created_by": "ada",
    "updated_on": TIME,
    "updated_by": "ada",
    "version": 1,
}
PAGE = {"count": 1, "count_exact": True, "next": None, "previous": None, "results": [TEAM]}


def problem(status: int, code: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": "Title",
        "status": status,
        "code": code,
        "detail": "Detail.",
        "errors": [{"field": "name", "message": "is required"}],
        "request_id": "one",
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "content_type", "body"),
    [
        ("GET", "/api/teams/{team_id}", 200, JSON, TEAM),
        ("GET", f"/api/teams/{ID}", 200, f"{JSON}; charset=utf-8", TEAM),
        ("get", f"/api/teams/{ID}/", 200, JSON, TEAM),
        ("GET", "/api/teams?limit=1", 200, JSON, PAGE),
        ("POST", "/api/teams", 201, JSON, TEAM),
        ("POST", "/api/teams", 409, PROBLEM, problem(409, "duplicate")),
        ("POST", "/api/teams", 401, JSON, {"message": "Unauthorized"}),
        ("DELETE", f"/api/teams/{ID}", 204, "", None),
        ("DELETE", f"/api/teams/{ID}", 204, "", ""),
        ("GET", f"/api/documents/{ID}/versions/1/file", 302, "", b""),
        ("GET", "/api/docs", 200, "text/html; charset=utf-8", "<!doctype html>"),
        ("GET", "/api/nowhere", 404, JSON, {"message": "Not Found"}),
        ("GET", "/api/teams/one/two", 404, PROBLEM, problem(404, "not_found")),
        ("PUT", "/api/teams", 405, PROBLEM, problem(405, "method_not_allowed")),
    ],
)
def test_it_accepts_what_the_document_describes(
    method: str, path: str, status: int, content_type: str, body: Any
) -> None:
    check(method, path, status, content_type, body)


@pytest.mark.parametrize(
    ("method", "path", "status", "content_type", "body", "complaint"),
    [
        ("GET", "/api/teams", 500, PROBLEM, problem(500, "internal_error"), "knows nothing"),
        ("GET", "/api/teams", 412, PROBLEM, problem(412, "version_conflict"), "knows nothing"),
        ("GET", "/api/nowhere", 200, JSON, {}, "knows nothing"),
        ("GET", "/api/teams", 200, "text/html", PAGE, "text/html"),
        ("GET", "/api/teams", 200, "", PAGE, "not as application/json"),
        ("GET", "/api/teams", 200, JSON, {**PAGE, "count": None}, r"\$.count"),
        ("GET", "/api/teams", 200, JSON, {**PAGE, "results": [{}]}, r"\$.results\[0\]"),
        ("GET", "/api/teams/{team_id}", 200, JSON, {**TEAM, "organization_id": ID}, "unexpected"),
        ("GET", "/api/teams/{team_id}", 200, JSON, {**TEAM, "version": "1"}, r"\$.version"),
        ("GET", "/api/teams/{team_id}", 200, JSON, {**TEAM, "created_on": "2026"}, "date-time"),
        ("POST", "/api/teams", 409, PROBLEM, problem(409, "last_admin"), r"\$.code"),
        ("POST", "/api/teams", 422, PROBLEM, {"message": "no"}, "unexpected|required"),
        ("POST", "/api/teams", 422, JSON, problem(422, "validation_failed"), "problem"),
        ("DELETE", f"/api/teams/{ID}", 204, JSON, TEAM, "with a body"),
    ],
)
def test_it_refuses_what_the_document_does_not_describe(
    method: str, path: str, status: int, content_type: str, body: Any, complaint: str
) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check(method, path, status, content_type, body)
