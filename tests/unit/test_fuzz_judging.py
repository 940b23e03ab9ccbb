"""The fuzzer finds each kind of wrong response."""

import json
from functools import cache
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis import Response

from tests.assurance.fuzz import callers, judging
from tests.assurance.fuzz.cases import Planned, Target, targets
from tests.assurance.fuzz.world import parameters, templates
from tests.functions.generated.document import FORM, document, operations

TEAM = "01939c2e-6b1a-7c3d-8e4f-5a6b7c8d9e0f"
BY = {"created_by": "ada", "updated_by": "ada"}
ON = {"created_on": "2026-12-01T10:00:00.000Z", "updated_on": "2026-12-01T10:00:00.000Z"}
GOOD: dict[str, Any] = {
    "id": TEAM,
    **ON,
    **BY,
    "version": 1,
    "name": "Sales",
    "description": None,
    "users": [],
}
PROBLEM = {
    "type": "about:blank",
    "title": "Not found",
    "status": 404,
    "code": "not_found",
    "detail": "Not found",
    "errors": [],
    "request_id": "1",
}
NO_METHOD = {**PROBLEM, "status": 405, "code": "method_not_allowed"}


@cache
def target_of(operation_id: str) -> Target:
    schema = schemathesis.openapi.from_dict(dict(document()))
    schema.config.update(base_url="http://127.0.0.1")
    return next(one for one in targets(schema, operations()) if one.operation.id == operation_id)


def answer(status: int, body: Any, method: str = "GET", **headers: str) -> Response:
    sent = requests.Request(method, f"http://127.0.0.1/api/teams/{TEAM}").prepare()
    kind = "application/json" if status < 400 else "application/problem+json"
    told = {"content-type": kind, "etag": '"1"', **headers}
    return Response(
        status_code=status,
        headers={name: [value] for name, value in told.items()},
        content=json.dumps(body).encode(),
        request=sent,
        elapsed=0.0,
        verify=True,
    )


def faults(caller: str, status: int, body: Any, **options: str) -> set[str]:
    target = target_of("read_team")
    case = target.described.Case(path_parameters={"team_id": TEAM})
    given = answer(status, body, **options)
    return {one.check for one in judging.judge(target.operation, Planned(case, caller), given)}


def test_what_is_described_is_right() -> None:
    assert faults(callers.ADMIN, 200, GOOD) == set()
    assert faults(callers.ADMIN, 404, PROBLEM) == set()
    assert faults(callers.ADMIN, 405, NO_METHOD, method="POST", allow="GET") == set()


@pytest.mark.parametrize(
    ("caller", "status", "body", "found"),
    [
        (callers.ADMIN, 500, PROBLEM, {"ServerError", "UndefinedStatusCode", "Described"}),
        (callers.ADMIN, 203, GOOD, {"UndefinedStatusCode", "Described"}),
        (callers.ADMIN, 200, {**GOOD, "version": "1"}, {"JsonSchemaError", "Described"}),
        (callers.ADMIN, 200, {**GOOD, "secret": "x"}, {"Described"}),
        (callers.NOBODY, 404, PROBLEM, {"Token"}),
        (callers.NOBODY, 200, GOOD, {"Token"}),
        (callers.FORGED, 200, GOOD, {"Token"}),
        (callers.IDENTITY, 200, GOOD, {"Token"}),
        (callers.STRANGER, 200, GOOD, {"Stranger"}),
    ],
)
def test_what_is_wrong_is_found(caller: str, status: int, body: Any, found: set[str]) -> None:
    assert faults(caller, status, body) == found


@pytest.mark.parametrize(
    ("title", "is_good"),
    [
        ("Plan", True),
        (-445383, True),
        (1.5, True),
        ("", False),
        (10**255, False),
        (["Plan"], False),
    ],
)
def test_all_that_a_form_holds_is_text(title: Any, is_good: bool) -> None:
    body = {"title": title, "document_file": b"%PDF-1.7"}
    case = target_of("create_document").described.Case(body=body, media_type=FORM)
    assert judging.is_good_form(case) is is_good


def test_a_method_that_a_path_lacks() -> None:
    assert "Method" in faults(callers.ADMIN, 200, GOOD, method="POST")
    assert "Method" in faults(callers.ADMIN, 500, PROBLEM, method="POST")
    assert "Method" in faults(callers.ADMIN, 405, NO_METHOD, method="POST")


def test_the_kind_of_what_is_at_a_path() -> None:
    path = f"/api/entities/{TEAM}/addresses/2/"
    found = {kind for kind, one in templates().items() if parameters(one, path) is not None}
    assert found == {"address"}
    assert parameters(templates()["address"], path) == {"entity_id": TEAM, "part_id": "2"}
