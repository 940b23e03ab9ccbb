"""Bodies that cannot be read."""

import pytest

from crm.http.request import MAX_JSON_BYTES
from tests.support.client import Client

JSON = {"content-type": "application/json"}


WHAT_IS_NO_JSON_OR_ABSURDLY_NESTED: list[bytes] = [
    b"",
    b"{",
    b'{"name": "Brook",}',
    b"{'name': 'Brook'}",
    b'{"name": NaN}',
    b'{"name": Infinity}',
    b'{"name": "Brook", "name": "Creek"}',
    b'{"name": "\xff"}',
    b'{"name": "\\ud800"}',
    b'{"name": "Brook"} extra',
    b"[" * 100_000,
    b'{"name": ' + b"[" * 40 + b"]" * 40 + b"}",
    b'{"name": 1e99999999999999999999}',
    b'{"name": ' + b"9" * 4301 + b"}",
]


def test_what_is_no_json_or_absurdly_nested() -> None:
    for body in WHAT_IS_NO_JSON_OR_ABSURDLY_NESTED:
        reply = Client("somebody").call("POST", "/api/organizations", body=body, headers=JSON)
        assert reply.problem == (400, "invalid_body")


def test_a_body_may_be_so_long() -> None:
    for spare, problem in ((0, (422, "validation_failed")), (1, (413, "too_large"))):
        body = b'{"name": "' + b"x" * (MAX_JSON_BYTES - 12 + spare) + b'"}'
        reply = Client("somebody").call("POST", "/api/organizations", body=body, headers=JSON)
        assert reply.problem == problem


@pytest.mark.parametrize("number", [b"1e1000000", b"-1e-1000001", b"1e999", b"9" * 4000])
def test_a_number_however_large_is_only_a_wrong_type(number: bytes) -> None:
    body = b'{"name": ' + number + b"}"
    reply = Client("somebody").call("POST", "/api/organizations", body=body, headers=JSON)
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == ["name"]


WHAT_IS_NOT_DECLARED_AS_JSON: list[str | None] = [
    None,
    "",
    "text/plain",
    "application/x-www-form-urlencoded",
    "json",
]


def test_what_is_not_declared_as_json() -> None:
    for content_type in WHAT_IS_NOT_DECLARED_AS_JSON:
        headers = {} if content_type is None else {"content-type": content_type}
        reply = Client("somebody").call(
            "POST", "/api/organizations", body=b'{"name": "Brook"}', headers=headers
        )
        assert reply.problem == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"],
)
def test_json_in_other_words(ada: Client, content_type: str) -> None:
    path, headers = f"/api/organizations/{ada.organization_id}", {"content-type": content_type}
    reply = ada.call("PATCH", path, body=b'{"name": "Creek"}', headers=headers)
    assert reply.json["name"] == "Creek"


def test_a_form_where_none_is_taken(ada: Client) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    reply = ada.call("POST", "/api/teams", body=b"--x--\r\n", headers=headers)
    assert reply.problem == (415, "unsupported_media_type")


def test_a_body_that_is_not_encoded(ada: Client) -> None:
    """API Gateway hands on text as it is, and everything else in Base64."""
    from tests.support.client import function

    event = ada.event("POST", "/api/organizations", JSON, "")
    event["body"] = '{"name": "Bröök"}'
    assert function("organizations")(event, None)["statusCode"] == 201
    assert ada.get("/api/organizations").json["results"][0]["name"] == "Bröök"
    event = {**event, "body": "%%%", "isBase64Encoded": True}
    assert function("organizations")(event, None)["statusCode"] == 400
