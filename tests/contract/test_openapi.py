"""The OpenAPI document and its page: fresh, valid, and as the contract has them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from crm.http.app import Route
from crm.http.response import Response
from crm.platform.dynamodb.record import Record
from tools.openapi import particulars
from tools.openapi.__main__ import COMMAND, DOCUMENT, PAGE, generate, stale
from tools.openapi.components import Components, NameTakenError
from tools.openapi.document import UnknownOperationError, build
from tools.openapi.page.page import build as page_of
from tools.openapi.resources import Resource, resources

Operation = dict[str, Any]

document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
schemas = document["components"]["schemas"]


def operations() -> Iterator[tuple[str, str, Operation]]:
    for path, by_method in document["paths"].items():
        for method, operation in by_method.items():
            yield method.upper(), path, operation


def resolve(part: dict[str, Any]) -> dict[str, Any]:
    found: Any = document
    for step in part.get("$ref", "#").removeprefix("#").split("/")[1:]:
        found = found[step]
    return found if "$ref" in part else part


def parameter(operation: Operation, name: str) -> dict[str, Any] | None:
    found = [resolve(one) for one in operation["parameters"]]
    return next((one for one in found if one["name"] == name), None)


def content(method: str, path: str, status: int) -> dict[str, Any]:
    response = resolve(document["paths"][path][method.lower()]["responses"][str(status)])
    return dict(response["content"])


ALL = [pytest.param(*one, id=f"{one[0]} {one[1]}") for one in operations()]
each_operation = pytest.mark.parametrize(("method", "path", "operation"), ALL)


# ── The files ───────────────────────────────────────────────────────────────────────────────────


def test_the_files_are_what_the_handlers_say() -> None:
    names = [path.name for path in stale()]
    assert not names, f"{names} no longer fit the handlers: run `{COMMAND}` and commit what changes"


def test_generation_gives_the_same_bytes_again() -> None:
    assert generate() == generate()
    assert generate()[DOCUMENT].endswith("}\n")


def test_the_document_is_valid_openapi_3_1() -> None:
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


def test_the_deployed_page_is_that_of_the_document(tmp_path: Path) -> None:
    """`sam build` builds it in a copy of the function, by whatever Python there is."""
    copied, artifacts = tmp_path / "copied", tmp_path / "artifacts"
    copied.mkdir()
    artifacts.mkdir()
    sources = [DOCUMENT, DOCUMENT.with_name("handler.py")]
    for source in sources:
        shutil.copy(source, copied)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHON": str(getattr(sys, "_base_executable", sys.executable)),
        "ARTIFACTS_DIR": str(artifacts),
    }
    recipe = str(DOCUMENT.with_name("Makefile"))
    command = ["make", "--makefile", recipe, "build-DocsFunction"]
    subprocess.run(command, cwd=copied, env=environment, check=True)
    assert {path.name: path.read_bytes() for path in artifacts.iterdir()} == {
        PAGE.name: page_of(document).encode(),
        **{source.name: source.read_bytes() for source in sources},
    }


def test_the_page_shows_each_operation_and_fetches_and_runs_nothing() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for _, _, operation in operations():
        assert f'id="{operation["operationId"]}"' in page
    for forbidden in ("<script", "<link", "<img", "javascript:", "@import", "url(", " style="):
        assert forbidden not in page


# ── Operations ──────────────────────────────────────────────────────────────────────────────────


@each_operation
def test_it_says_what_it_does(method: str, path: str, operation: Operation) -> None:
    assert operation["summary"]
    assert operation["operationId"].isidentifier()
    assert operation["tags"]


@each_operation
def test_its_errors_are_problems(method: str, path: str, operation: Operation) -> None:
    errors = {
        status: resolve(one)["content"]
        for status, one in operation["responses"].items()
        if status >= "400"
    }
    assert {"400", "429"} <= errors.keys()
    for status, media_types in errors.items():
        for media_type, one in media_types.items():
            name = {
                "application/problem+json": "Problem",
                "application/json": "GatewayMessage",
            }[media_type]
            assert one["schema"]["$ref"] == f"#/components/schemas/{name}"
            assert name == "Problem" or status in {"401", "413", "429"}


@each_operation
def test_it_takes_the_headers_of_its_method(method: str, path: str, operation: Operation) -> None:
    assert (parameter(operation, "Idempotency-Key") is not None) == (method == "POST")
    changing = {"move_deal", "merge_entities", "convert_lead"}
    changes = method in {"PUT", "PATCH", "DELETE"} or operation["operationId"] in changing
    assert (parameter(operation, "If-Match") is not None) == changes
    assert ("412" in operation["responses"]) == changes


@each_operation
def test_it_retries_and_replays_as_the_contract_says(
    method: str, path: str, operation: Operation
) -> None:
    for status, one in operation["responses"].items():
        headers = resolve(one).get("headers", {})
        said = "rate_limited" in resolve(one)["description"] or status == "503"
        assert "Retry-After" in headers or not said
        assert ("Idempotent-Replayed" in headers) == (method == "POST" and status < "300")
        assert ("Location" in headers) == (status in {"201", "302"})


@each_operation
def test_a_token_goes_with_what_its_absence_is_answered(
    method: str, path: str, operation: Operation
) -> None:
    public = operation.get("security") == []
    assert ("401" in operation["responses"]) != public
    too_often = operation["responses"]["429"]["$ref"].rpartition("/")[2]
    assert too_often == ("429" if public else "429.rate_limited.gateway")


@each_operation
def test_its_example_is_one(method: str, path: str, operation: Operation) -> None:
    for media in operation.get("requestBody", {}).get("content", {}).values():
        if "example" in media:
            whole = {**media["schema"], "components": document["components"]}
            Draft202012Validator(whole).validate(media["example"])


@each_operation
def test_each_id_of_its_path_is_a_parameter(method: str, path: str, operation: Operation) -> None:
    inside = {step.strip("{}") for step in path.split("/") if step.startswith("{")}
    named = [resolve(one) for one in operation["parameters"]]
    assert {one["name"] for one in named if one["in"] == "path"} == inside


def test_only_the_contract_s_routes_go_without_an_organization() -> None:
    free = {
        path
        for _, path, operation in operations()
        if not (header := parameter(operation, "organization-id")) or not header["required"]
    }
    assert free == {
        "/api/docs",
        "/api/health",
        "/api/me",
        "/api/openapi.json",
        "/api/organizations",
        "/api/organizations/{organization_id}",
    }


# ── Schemas ─────────────────────────────────────────────────────────────────────────────────────


def test_a_patch_requires_nothing_and_refuses_what_it_does_not_know() -> None:
    patch = document["paths"]["/api/teams/{team_id}"]["patch"]["requestBody"]["content"]
    assert set(patch) == {"application/json", "application/merge-patch+json"}
    schema = resolve(patch["application/merge-patch+json"]["schema"])
    validator = Draft202012Validator(schema)
    assert validator.is_valid({})
    assert validator.is_valid({"description": None})
    assert not validator.is_valid({"name": None})
    assert not validator.is_valid({"version": 1})


def valid(schema: dict[str, Any], value: Any) -> bool:
    whole = {**schema, "components": document["components"]}
    return bool(Draft202012Validator(whole).is_valid(value))


def test_a_body_of_several_kinds_is_one_of_them() -> None:
    body = document["paths"]["/api/activities"]["post"]["requestBody"]["content"]
    schema = body["application/json"]["schema"]
    whole = resolve(schema)
    assert whole["discriminator"]["propertyName"] == "type"
    assert set(whole["discriminator"]["mapping"]) == {"task", "event", "email", "note", "call"}
    task = {"type": "task", "subject": "Call back"}
    assert valid(schema, task)
    assert valid(schema, {**task, "priority": "high"})
    for wrong in ({}, {"subject": "x"}, {**task, "type": "letter"}, {**task, "location": "Berlin"}):
        assert not valid(schema, wrong)


def test_a_patch_of_several_kinds_has_fields_of_one() -> None:
    path = document["paths"]["/api/activities/{activity_id}"]
    schema = path["patch"]["requestBody"]["content"]["application/merge-patch+json"]["schema"]
    for right in ({}, {"subject": "x"}, {"location": None}, {"type": "task", "status": "waiting"}):
        assert valid(schema, right)
    for wrong in ({"subject": None}, {"type": "task", "location": "x"}, {"completed_on": None}):
        assert not valid(schema, wrong)


def test_an_answer_of_several_kinds_carries_a_version() -> None:
    for name in ("Task", "Event", "Email", "Note", "Call"):
        assert set(schemas[name]["required"]) == set(schemas[name]["properties"])
        assert "organization_id" not in schemas[name]["properties"]
    created = document["paths"]["/api/activities"]["post"]["responses"]["201"]
    assert "ETag" in created["headers"]


def test_an_answer_has_all_its_fields_and_none_that_are_private() -> None:
    member = schemas["Member"]
    assert set(member["required"]) == set(member["properties"])
    assert not {"organization_id", "is_removed"} & set(member["properties"])


def test_what_is_left_out_rather_than_null_is_neither_required_nor_null() -> None:
    created = schemas["DocumentCreated"]
    assert "upload" not in created["required"]
    assert created["properties"]["upload"]["$ref"] == "#/components/schemas/Upload"


def test_a_form_carries_its_file_as_bytes() -> None:
    body = document["paths"]["/api/documents"]["post"]["requestBody"]["content"]
    form = resolve(body["multipart/form-data"]["schema"])
    assert resolve(form["properties"]["document_file"])["format"] == "binary"
    assert "document_file" in form["required"]


def test_a_list_is_a_page() -> None:
    page = resolve(content("GET", "/api/documents", 200)["application/json"]["schema"])
    assert page["required"] == ["count", "count_exact", "next", "previous", "results"]
    assert page["properties"]["results"]["items"] == {"$ref": "#/components/schemas/DocumentRow"}


def test_a_status_names_the_codes_that_it_can_have() -> None:
    schema = content("POST", "/api/teams", 409)["application/problem+json"]["schema"]
    assert schema["properties"]["code"]["enum"] == ["duplicate", "idempotency_in_progress"]


def test_nothing_is_described_that_nobody_uses() -> None:
    text = json.dumps(document)
    for kind in ("headers", "parameters", "responses", "schemas"):
        for name in document["components"][kind]:
            assert f'"#/components/{kind}/{name}"' in text


# ── Generation refuses what would mislead ───────────────────────────────────────────────────────


def route(function_name: str, **options: Any) -> Route:
    def function() -> Response:
        """Do it."""
        return Response(200)

    function.__name__ = function_name
    return Route("GET", f"/api/{function_name}", function, **options)


def new_thing() -> type[BaseModel]:
    class Thing(BaseModel):
        status: str

    return Thing


def old_thing() -> type[BaseModel]:
    class Thing(BaseModel):
        status: int = 0

    return Thing


def test_two_models_of_one_name_fail() -> None:
    with pytest.raises(NameTakenError, match="Thing"):
        Components([route("one", answer=new_thing()), route("two", answer=old_thing())])


def test_a_model_whose_question_and_answer_differ_fails() -> None:
    thing = old_thing()
    with pytest.raises(NameTakenError, match="Thing"):
        Components([route("one", body=thing, answer=thing)])


def test_two_operations_of_one_name_fail() -> None:
    routes = (route("one"), route("one"))
    with pytest.raises(UnknownOperationError, match="one"):
        build([Resource("things", "/api/things", routes)])


def test_what_is_said_of_an_operation_that_is_gone_fails() -> None:
    assert not particulars.unknown(
        {route.function.__name__ for one in resources() for route in one.routes}
    )
    with pytest.raises(UnknownOperationError, match="create_team"):
        build([Resource("things", "/api/things", (route("one"),))])


def test_only_functions_with_an_app_are_resources() -> None:
    names = {one.name for one in resources()}
    assert "documents" in names
    assert not {"projections", "uploads"} & names
    assert all(one.routes for one in resources())


def test_a_record_s_answer_is_its_model_without_what_is_private() -> None:
    """The generator leaves out just what `Record.answer` leaves out."""
    for resource in resources():
        for one in resource.routes:
            if one.answer and issubclass(one.answer, Record):
                shown = set(one.answer.model_fields) - one.answer.private
                assert set(schemas[one.answer.__name__]["properties"]) == shown
