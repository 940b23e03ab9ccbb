"""Error responses of a route, as far as its declaration implies them."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from crm.http.app import Route
from crm.platform import errors
from crm.platform.errors import CRMError
from tools.openapi import particulars
from tools.openapi.components import Schema, reference

PROBLEM = "application/problem+json"
JSON = "application/json"

RETRY_AFTER: Schema = {
    "description": "Seconds to wait before trying again.",
    "schema": {"type": "integer", "minimum": 0},
}

RETRIED = {
    errors.IdempotencyInProgressError,
    errors.RateLimitedError,
    errors.UnavailableError,
}
"""Errors with a `Retry-After` header."""


class Problems:
    """The error responses of all routes; equal ones share a component."""

    def __init__(self) -> None:
        self.responses: dict[str, Schema] = {}

    def of(self, route: Route) -> dict[str, Schema]:
        """Return the error responses of a route, by status."""
        gateway = _by_gateway(route)
        codes: dict[int, set[type[CRMError]]] = {status: set() for status in gateway}
        for error in _errors(route):
            codes.setdefault(error.status, set()).add(error)
        return {
            str(status): self._shared(status, found, gateway=status in gateway)
            for status, found in sorted(codes.items())
        }

    def _shared(self, status: int, found: Iterable[type[CRMError]], *, gateway: bool) -> Schema:
        listed = sorted(found, key=lambda error: error.code)
        name = ".".join([str(status), *(error.code for error in listed)])
        if gateway and listed:
            name += ".gateway"
        self.responses[name] = _response(status, listed, gateway=gateway)
        return {"$ref": f"#/components/responses/{name}"}


def _errors(route: Route) -> set[type[CRMError]]:
    found: set[type[CRMError]] = {
        errors.InvalidRequestError,
        errors.UnknownParameterError,
        errors.ValidationFailedError,
        *particulars.ERRORS.get(route.function.__name__, ()),
    }
    if not route.public:
        found |= {
            errors.AuthenticationError,
            errors.RateLimitedError,
            errors.UnavailableError,
        }
    if route.organization or route.function.__name__ in particulars.OPTIONAL_ORGANIZATION:
        found |= {errors.OrganizationRequiredError, errors.NotAMemberError, errors.NotFoundError}
    if "<" in route.path:
        found |= {errors.NotFoundError, errors.PermissionDeniedError}
    if route.listed:
        found.add(errors.BadCursorError)
    return found | _of_body(route) | _of_method(route)


def _of_body(route: Route) -> set[type[CRMError]]:
    if route.body is None:
        return set()
    return {errors.InvalidBodyError, errors.TooLargeError, errors.UnsupportedMediaTypeError}


def _of_method(route: Route) -> set[type[CRMError]]:
    found: set[type[CRMError]] = set()
    if route.method == "POST":
        found |= {errors.IdempotencyInProgressError, errors.IdempotencyKeyReusedError}
    if route.method in {"PUT", "PATCH", "DELETE"}:
        found.add(errors.VersionConflictError)
    if route.method != "GET" and route.organization:
        found.add(errors.PermissionDeniedError)
    return found


def _by_gateway(route: Route) -> set[int]:
    """Return the statuses that API Gateway itself responds with: no token, too large, too often."""
    token = set() if route.public else {HTTPStatus.UNAUTHORIZED.value}
    body = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE.value} if route.body else set()
    return token | body | {HTTPStatus.TOO_MANY_REQUESTS.value}


def _response(status: int, found: list[type[CRMError]], *, gateway: bool) -> Schema:
    content: dict[str, Any] = {}
    if found:
        codes = [error.code for error in found]
        schema = {**reference("Problem"), "properties": {"code": {"enum": codes}}}
        content[PROBLEM] = {"schema": schema}
    if gateway:
        content[JSON] = {"schema": reference("GatewayMessage")}
    meanings = [f"- `{error.code}`: {error.title}." for error in found]
    response: Schema = {
        "description": "\n".join(meanings) or f"{HTTPStatus(status).phrase}.",
        "content": content,
    }
    if RETRIED.intersection(found):
        response["headers"] = {"Retry-After": RETRY_AFTER}
    return response
