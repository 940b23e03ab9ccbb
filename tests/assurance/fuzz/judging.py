"""Checks of a response, and of reads after it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator
from schemathesis import Case, Response
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import AcceptedNegativeData, FailureGroup
from schemathesis.specs.openapi import checks
from schemathesis.transport.serialization import contains_binary

from tests.assurance.fuzz import callers
from tests.assurance.fuzz.cases import Planned
from tests.functions.generated.document import FORM, Operation, document
from tests.support import answers

load_all_checks()

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.allow_header_conformance,
]
"""Of schemathesis; what it says of methods and of tokens is said more strictly below."""

NO_ROUTE = frozenset({404, 405})

OF_GATEWAY = frozenset({"OPTIONS", "HEAD"})
"""Methods that the gateway may answer by itself."""


@dataclass(frozen=True)
class Fault:
    check: str
    said: str


def judge(operation: Operation, planned: Planned, answer: Response) -> Iterator[Fault]:
    """Return all errors of a response."""
    if _is_lost_on_its_way(answer):
        return
    method = str(answer.request.method)
    supported = {one.upper() for one in document()["paths"][operation.path]}
    if method in supported:
        yield from _of_schemathesis(planned, answer)
    elif answer.status_code >= 500:
        yield Fault("Method", f"{method} {operation.path}: {answer.status_code}")
    yield from _as_described(answer)
    if method not in supported | OF_GATEWAY:
        yield from _no_method(operation, answer)
    yield from _let_in(operation, planned, answer)


def _is_lost_on_its_way(answer: Response) -> bool:
    """Whether the engine's gateway has no route for it, as for paths with a line break."""
    return answer.status_code == 404 and "%0A" in str(answer.request.url)


def _of_schemathesis(planned: Planned, answer: Response) -> Iterator[Fault]:
    try:
        planned.case.validate_response(answer, checks=list(CHECKS))
    except FailureGroup as group:
        for one in group.exceptions:
            # It names few statuses, and who names an old version is told that before anything else.
            refused = answer.status_code >= 400 or is_good_form(planned.case)
            if isinstance(one, AcceptedNegativeData) and refused:
                continue
            yield Fault(type(one).__name__, f"{one.title}: {one.message}")


def is_good_form(case: Case[Any]) -> bool:
    """Whether it is a form that fits: schemathesis takes any with a changed file for none.

    All that a form holds is text, so that a number in it is the text of the number.
    """
    if case.media_type != FORM or not isinstance(case.body, dict):
        return False
    schema = document()["paths"][case.path]["post"]["requestBody"]["content"][FORM]["schema"]
    form = {name: _as_text(one) for name, one in case.body.items()}
    whole = {**schema, "components": document()["components"]}
    return bool(Draft202012Validator(whole).is_valid(form))


def _as_text(value: Any) -> Any:
    if contains_binary(value):
        return ""
    return str(value) if isinstance(value, int | float) else value


def _as_described(answer: Response) -> Iterator[Fault]:
    """Stricter than schemathesis: no field that the document does not name."""
    kind = answer.headers.get("content-type", [""])[0]
    body: Any = answer.json() if "json" in kind and answer.content else answer.text
    url = urlsplit(str(answer.request.url))
    method = str(answer.request.method)
    if method in OF_GATEWAY:
        return
    try:
        answers.check(method, url.path, answer.status_code, kind, body)
    except AssertionError as error:
        yield Fault("Described", str(error))


def _no_method(operation: Operation, answer: Response) -> Iterator[Fault]:
    if answer.status_code not in NO_ROUTE | {401}:
        yield Fault("Method", f"{answer.request.method} {operation.path}: {answer.status_code}")
    if answer.status_code == 405 and not answer.headers.get("allow"):
        yield Fault("Method", "405 without Allow")


def _let_in(operation: Operation, planned: Planned, answer: Response) -> Iterator[Fault]:
    """Check that a caller without a token gets 401, and a non-member no information."""
    described = document()["paths"][operation.path][operation.method.lower()]
    status, who, method = answer.status_code, planned.caller, str(answer.request.method)
    if described.get("security") == [] or method in OF_GATEWAY:
        return
    routed = method == operation.method and "//" not in urlsplit(str(answer.request.url)).path
    expected = {401} if routed else {401, *NO_ROUTE}
    if who in callers.WITHOUT_TOKEN and status not in expected:
        yield Fault("Token", f"{who} was answered {status}")
    if who == callers.STRANGER and operation.in_organization and status < 400:
        yield Fault("Stranger", f"a stranger was answered {status}")
