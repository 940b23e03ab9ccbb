"""Every error of the contract's table, seen over HTTP, in its shape."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from local.process import StackProcess
from tests.support.integration.client import (
    ORGANIZATION,
    TEXT,
    Brook,
    File,
    Json,
    Person,
    good,
    made,
    new_id,
    refused,
)

PROBLEM = {"type", "title", "status", "code", "detail", "errors", "request_id"}


@dataclass(frozen=True)
class Office:
    """An organization with somebody of each kind, and something of each kind."""

    brook: Brook
    admin: Person
    member: Person
    stranger: Person
    root: Person
    document: str
    pending: str
    team: str


@pytest.fixture(scope="module")
def office(stack: StackProcess) -> Iterator[Office]:
    with Brook(stack) as brook:
        organization = brook.found()
        admin = organization.founder
        yield Office(
            brook,
            admin,
            organization.join(),
            brook.person("Stranger", organization_id=organization.id),
            brook.person("Root", scope="super_admin"),
            admin.share("Ours")["id"],
            admin.declare("Pending", TEXT)["id"],
            organization.team("Sales"),
        )


def assert_problem(answer: httpx.Response) -> Json:
    """The shape that every error of Brook's has."""
    assert answer.headers["content-type"] == "application/problem+json"
    body: Json = answer.json()
    assert set(body) == PROBLEM
    assert body["status"] == answer.status_code
    assert body["type"] == "about:blank"
    assert all(body[name] and isinstance(body[name], str) for name in ("title", "code", "detail"))
    assert isinstance(body["request_id"], str)
    for error in body["errors"]:
        assert set(error) == {"field", "message"}
    return body


Send = Callable[[Office], httpx.Response]


def raw(content: bytes | str, media_type: str = "application/json") -> Send:
    headers = {"content-type": media_type}
    return lambda o: o.admin.send("POST", "/api/teams", content=content, headers=headers)


def formed(content: bytes, boundary: str = "; boundary=x") -> Send:
    headers = {"content-type": f"multipart/form-data{boundary}"}
    return lambda o: o.admin.send("POST", "/api/documents", content=content, headers=headers)


def listed(**params: Any) -> Send:
    return lambda o: o.admin.get("/api/documents", **params)


def created(**fields: Any) -> Send:
    body = {"title": "Title", "file": TEXT.said(), **fields}
    return lambda o: o.admin.post("/api/documents", body)


def patched(**fields: Any) -> Send:
    return lambda o: o.admin.patch(f"/api/documents/{o.document}", fields)


NESTED = "[" * 40 + "]" * 40
ABYSS = "[" * 100_000 + "]" * 100_000

CASES: dict[str, tuple[int, str, Send]] = {
    # 400
    "no JSON": (400, "invalid_body", raw("{")),
    "no body": (400, "invalid_body", raw("")),
    "half a surrogate": (400, "invalid_body", raw('{"name": "\\ud800"}')),
    "NaN": (400, "invalid_body", raw('{"name": NaN}')),
    "a name twice": (400, "invalid_body", raw('{"name": "a", "name": "b"}')),
    "nested": (400, "invalid_body", raw(NESTED)),
    "an abyss": (400, "invalid_body", raw(ABYSS)),
    "a huge number": (400, "invalid_body", raw('{"name": ' + "9" * 5000 + "}")),
    "no boundary": (400, "invalid_body", formed(b"x", "")),
    "a form that is none": (400, "invalid_body", formed(b"no form at all")),
    "a form that is cut": (
        400,
        "invalid_body",
        formed(b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nTit'),
    ),
    "an unknown parameter": (400, "unknown_parameter", listed(titel="x")),
    "a parameter of another route": (
        400,
        "unknown_parameter",
        lambda o: o.admin.get("/api/teams", status="active"),
    ),
    "a parameter where none is": (
        400,
        "unknown_parameter",
        lambda o: o.admin.get(f"/api/documents/{o.document}", limit=1),
    ),
    "a made-up cursor": (400, "bad_cursor", listed(cursor="x")),
    "no organization": (
        400,
        "organization_required",
        lambda o: o.admin.at(None).get("/api/documents"),
    ),
    "an empty organization": (
        400,
        "organization_required",
        lambda o: o.admin.at("").get("/api/documents"),
    ),
    "a malformed organization": (
        400,
        "organization_required",
        lambda o: o.admin.at("acme").get("/api/documents"),
    ),
    "another organization than the path's": (
        400,
        "invalid_request",
        lambda o: o.admin.send(
            "GET", f"/api/organizations/{o.admin.organization_id}", headers={ORGANIZATION: new_id()}
        ),
    ),
    "a malformed If-Match": (
        400,
        "invalid_request",
        lambda o: o.admin.patch(f"/api/documents/{o.document}", {"title": "x"}, if_match="1"),
    ),
    "an empty Idempotency-Key": (
        400,
        "invalid_request",
        lambda o: o.admin.post("/api/teams", {"name": "x"}, idempotency_key=""),
    ),
    "a long Idempotency-Key": (
        400,
        "invalid_request",
        lambda o: o.admin.post("/api/teams", {"name": "x"}, idempotency_key="k" * 256),
    ),
    # 403
    "a stranger": (403, "not_a_member", lambda o: o.stranger.get("/api/documents")),
    "not mine to see": (
        403,
        "permission_denied",
        lambda o: o.member.get(f"/api/documents/{o.document}"),
    ),
    "for admins": (403, "permission_denied", lambda o: o.member.post("/api/teams", {"name": "x"})),
    # 404
    "no such document": (404, "not_found", lambda o: o.admin.get(f"/api/documents/{new_id()}")),
    "a malformed id": (404, "not_found", lambda o: o.admin.get("/api/documents/17")),
    "an id with a delimiter": (404, "not_found", lambda o: o.admin.get("/api/members/a%23b")),
    "a version that is no number": (
        404,
        "not_found",
        lambda o: o.admin.get(f"/api/documents/{o.document}/versions/x/file"),
    ),
    "a path below": (404, "not_found", lambda o: o.admin.get(f"/api/documents/{o.document}/nope")),
    "an organization that is not, for a super admin": (
        404,
        "not_found",
        lambda o: o.root.at(new_id()).get("/api/documents"),
    ),
    # 405
    "a method that the list lacks": (
        405,
        "method_not_allowed",
        lambda o: o.admin.delete("/api/documents"),
    ),
    "a method that the record lacks": (
        405,
        "method_not_allowed",
        lambda o: o.admin.post(f"/api/documents/{o.document}", {}),
    ),
    # 409
    "a name that is taken": (
        409,
        "duplicate",
        lambda o: o.admin.post("/api/teams", {"name": "SALES"}),
    ),
    "a member already": (
        409,
        "duplicate",
        lambda o: o.admin.post(
            "/api/members", {"email": o.member.email, "first_name": "A", "last_name": "B"}
        ),
    ),
    "the last admin": (
        409,
        "last_admin",
        lambda o: o.admin.delete(f"/api/members/{o.admin.id}"),
    ),
    "a file that is not there yet": (
        409,
        "file_not_available",
        lambda o: o.admin.get(f"/api/documents/{o.pending}/file"),
    ),
    # 412
    "a stale version": (
        412,
        "version_conflict",
        lambda o: o.admin.patch(f"/api/documents/{o.document}", {"title": "x"}, if_match='"99"'),
    ),
    # 413
    "a file too large": (
        413,
        "too_large",
        created(file={**TEXT.said(), "size": 5 * 1024**3 + 1}),
    ),
    "a form too large": (
        413,
        "too_large",
        lambda o: o.admin.send(
            "POST",
            "/api/documents",
            data={"title": "x"},
            files=File("a.txt", "text/plain", b"x" * (4 * 1024**2 + 1)).in_form(),
        ),
    ),
    # 415
    "a file type": (415, "unsupported_media_type", created(file=TEXT.said(name="a.exe"))),
    "a body that is no JSON": (415, "unsupported_media_type", raw("name=x", "text/plain")),
    "a form where none is taken": (
        415,
        "unsupported_media_type",
        raw("name=x", "application/x-www-form-urlencoded"),
    ),
    # 422
    "a body that is a list": (422, "validation_failed", raw("[]")),
    "a body that is null": (422, "validation_failed", raw("null")),
    "a field missing": (422, "validation_failed", raw("{}")),
    "an unknown field": (422, "validation_failed", created(colour="red")),
    "a field of the server's": (422, "validation_failed", patched(version=7)),
    "an id of one's own": (422, "validation_failed", created(id=new_id())),
    "an empty title": (422, "validation_failed", created(title="   ")),
    "a long title": (422, "validation_failed", created(title="x" * 256)),
    "a title with a line break": (422, "validation_failed", created(title="a\nb")),
    "a title that is a number": (422, "validation_failed", created(title=7)),
    "a title that is null": (422, "validation_failed", patched(title=None)),
    "an unknown status": (422, "validation_failed", created(status="ACTIVE")),
    "an unknown team": (422, "validation_failed", created(shared_with=[new_id()])),
    "a malformed team": (422, "validation_failed", created(shared_with=["sales"])),
    "too many teams": (
        422,
        "validation_failed",
        created(shared_with=[new_id() for _ in range(41)]),
    ),
    "a malformed checksum": (
        422,
        "validation_failed",
        created(file={**TEXT.said(), "sha256": "abc"}),
    ),
    "a patch that is no object": (
        422,
        "validation_failed",
        lambda o: o.admin.patch(f"/api/documents/{o.document}", ["title"]),
    ),
    "an unknown currency": (
        422,
        "validation_failed",
        lambda o: o.admin.post("/api/organizations", {"name": "x", "default_currency": "XYZ"}),
    ),
    "no email address": (
        422,
        "validation_failed",
        lambda o: o.admin.post(
            "/api/members", {"email": "ada", "first_name": "A", "last_name": "B"}
        ),
    ),
    "an unknown user in a team": (
        422,
        "validation_failed",
        lambda o: o.admin.post("/api/teams", {"name": "New", "users": [new_id()]}),
    ),
    "limit 0": (422, "validation_failed", listed(limit=0)),
    "limit 101": (422, "validation_failed", listed(limit=101)),
    "limit x": (422, "validation_failed", listed(limit="x")),
    "limit 1.5": (422, "validation_failed", listed(limit="1.5")),
    "offset -1": (422, "validation_failed", listed(offset=-1)),
    "offset 1001": (422, "validation_failed", listed(offset=1001)),
    "status x": (422, "validation_failed", listed(status="x")),
    "created_after x": (422, "validation_failed", listed(created_after="yesterday")),
    "created_after 2026-02-30": (422, "validation_failed", listed(created_after="2026-02-30")),
    "created_before beyond time": (
        422,
        "validation_failed",
        listed(created_before="9999-12-31T23:59:59-12:00"),
    ),
    "shared_with x": (422, "validation_failed", listed(shared_with="x")),
    "created_by #": (422, "validation_failed", listed(created_by="a#b")),
    "a parameter twice": (422, "validation_failed", listed(status=["active", "inactive"])),
}


@pytest.mark.parametrize("name", CASES)
def test_an_error_has_its_status_its_code_and_the_shape(office: Office, name: str) -> None:
    status, code, send = CASES[name]
    answer = send(office)
    refused(answer, status, code)
    body = assert_problem(answer)
    assert body["request_id"]
    if code == "validation_failed" and name != "a parameter twice":
        assert body["errors"]
        assert all(error["field"] and error["message"] for error in body["errors"])


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/documents", "GET, POST"),
        ("PUT", "/api/organizations", "GET, POST"),
        ("POST", "/api/documents/{document}", "DELETE, GET, PATCH, PUT"),
        ("PUT", "/api/members/{user}", "DELETE, GET, PATCH"),
        ("DELETE", "/api/documents/{document}/file", "GET, POST"),
        ("POST", "/api/documents/{document}/versions", "GET"),
        ("POST", "/api/me", "GET"),
        ("POST", "/api/health", "GET"),
    ],
)
def test_a_method_that_a_path_lacks_is_told_which_it_has(
    office: Office, method: str, path: str, allowed: str
) -> None:
    filled = path.format(document=office.document, user=office.member.id)
    answer = office.admin.send(method, filled)
    if answer.status_code == 404:  # the gateway's own
        return
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == allowed
    assert_problem(answer)


def test_every_field_at_fault_is_named(office: Office) -> None:
    body = {"title": "", "status": "x", "file": {"name": "a.txt", "size": 0}, "owner": "me"}
    problem = refused(office.admin.post("/api/documents", body), 422, "validation_failed")
    fields = {error["field"] for error in problem["errors"]}
    assert fields == {"title", "status", "file.size", "file.content_type", "owner"}


def test_a_problem_holds_nothing_of_what_was_sent_or_stored(office: Office) -> None:
    secret = "Grandmother's recipe"
    answers = [
        office.admin.post("/api/documents", {"title": 7, "file": secret}),
        office.admin.post("/api/teams", {"name": "x", "users": [secret]}),
        office.admin.post("/api/members", {"email": secret}),
        office.admin.get("/api/documents", status=secret),
    ]
    for answer in answers:
        assert "recipe" not in refused(answer, 422, "validation_failed")["detail"]
        assert "Traceback" not in answer.text


# ── 401, which is the gateway's ──

PRIVATE = [
    ("GET", "/api/me"),
    ("GET", "/api/organizations"),
    ("GET", "/api/documents"),
    ("POST", "/api/documents"),
    ("GET", "/api/documents/"),
    ("DELETE", "/api/documents/x"),
    ("GET", "/api/members"),
    ("GET", "/api/teams"),
]


@pytest.mark.parametrize(("method", "path"), PRIVATE)
@pytest.mark.parametrize("kind", ["none", "spoiled", "empty", "basic", "unsigned", "nonsense"])
def test_nobody_gets_in_without_a_token(office: Office, method: str, path: str, kind: str) -> None:
    token = office.admin.token
    header, payload, _ = token.split(".")
    headers = {
        "none": {},
        "spoiled": {"authorization": f"Bearer {token[:-8]}AAAAAAAA"},
        "empty": {"authorization": "Bearer"},
        "basic": {"authorization": "Basic YWRhOnNlY3JldA=="},
        "unsigned": {"authorization": f"Bearer {header}.{payload}."},
        "nonsense": {"authorization": "Bearer abc"},
    }[kind]
    answer = office.brook.http.request(method, path, headers=headers)
    assert answer.status_code == 401, answer.text


@pytest.mark.parametrize("path", ["/api/health", "/api/openapi.json", "/api/docs", "/api/health/"])
def test_some_things_need_no_token(office: Office, path: str) -> None:
    assert office.brook.http.get(path).status_code == 200


def test_an_id_token_is_no_access_token(stack: StackProcess, office: Office) -> None:
    pool, client = stack.outputs["UserPoolId"], stack.client("cognito-idp")
    password = "Aa1-correct-horse-battery"
    client.admin_set_user_password(
        UserPoolId=pool, Username=office.member.email, Password=password, Permanent=True
    )
    tokens = client.initiate_auth(
        ClientId=stack.outputs["UserPoolClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": office.member.email, "PASSWORD": password},
    )["AuthenticationResult"]

    def get(token: str) -> httpx.Response:
        headers = {
            "authorization": f"Bearer {token}",
            ORGANIZATION: str(office.member.organization_id),
        }
        return office.brook.http.get("/api/documents", headers=headers)

    assert get(tokens["AccessToken"]).status_code == 200
    assert get(tokens["IdToken"]).status_code in {401, 403}


# ── Slashes ──


@pytest.mark.parametrize(
    "path",
    [
        "/api/me",
        "/api/organizations",
        "/api/organizations/{organization}",
        "/api/members",
        "/api/members/{user}",
        "/api/teams",
        "/api/teams/{team}",
        "/api/documents",
        "/api/documents/{document}",
        "/api/documents/{document}/versions",
        "/api/health",
        "/api/openapi.json",
        "/api/docs",
    ],
)
def test_a_path_answers_the_same_with_a_trailing_slash(office: Office, path: str) -> None:
    filled = path.format(
        organization=office.admin.organization_id,
        user=office.member.id,
        team=office.team,
        document=office.document,
    )
    plain, slashed = office.admin.get(filled), office.admin.get(f"{filled}/")
    assert plain.status_code == slashed.status_code == 200
    assert plain.text == slashed.text
    assert plain.headers.get("etag") == slashed.headers.get("etag")


def test_writes_work_with_a_trailing_slash(office: Office) -> None:
    answer = office.admin.post("/api/documents/", {"title": "Slash", "file": TEXT.said()})
    mine = made(answer)["id"]
    assert answer.headers["location"] == f"/api/documents/{mine}"
    assert good(office.admin.patch(f"/api/documents/{mine}/", {"title": "x"}))["version"] == 2
    assert office.admin.get(f"/api/documents/{office.document}/file/").status_code == 302
    assert office.admin.delete(f"/api/documents/{mine}/").status_code == 204


def test_ids_in_upper_case_are_the_same_ids(office: Office) -> None:
    upper = office.document.upper()
    assert office.admin.get(f"/api/documents/{upper}").status_code == 200
    shouted = office.admin.at(str(office.admin.organization_id).upper())
    assert shouted.get(f"/api/documents/{office.document}").status_code == 200


def test_a_super_admin_needs_the_header_as_everybody_does(office: Office) -> None:
    refused(office.root.get("/api/documents"), 400, "organization_required")


def test_json_of_another_name_is_json(office: Office) -> None:
    for media_type in ("application/json; charset=utf-8", "APPLICATION/JSON"):
        answer = office.admin.send(
            "POST",
            "/api/teams",
            content=json.dumps({"name": f"Team {media_type}"}),
            headers={"content-type": media_type},
        )
        assert answer.status_code == 201, answer.text
    merge = {"content-type": "application/merge-patch+json"}
    path = f"/api/documents/{office.pending}"
    assert office.admin.send("PATCH", path, content='{"title": "x"}', headers=merge).is_success
