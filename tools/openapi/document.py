"""The whole document."""

import tomllib
from collections.abc import Iterable

from crm.http.app import Route
from local.settings import ROOT
from tools.openapi import answers, bodies, docstrings, parameters, particulars
from tools.openapi.components import Components, Schema
from tools.openapi.problems import Problems
from tools.openapi.resources import Resource

METHODS = ("get", "post", "put", "patch", "delete")

DESCRIPTION = """\
Every path answers with and without a trailing slash; methods that a path lacks get 405.

- **Who is calling.** `Authorization: Bearer <access token>`; an ID token is refused.
- **Which organization.** The header `organization-id` names it; the caller is an active member. \
Another organization's record looks exactly like one that never existed.
- **Ids** are UUIDv7. **Times** are RFC 3339, UTC, milliseconds, `Z`.
- **Records** carry `id`, `created_on`, `created_by`, `updated_on`, `updated_by` and `version`. \
These are the server's: sending one, or any unknown field, is 422.
- **Writing.** PATCH is a JSON merge patch. PUT replaces: an optional field left out is back at \
its default. `If-Match` with the `ETag` of a record makes sure that nobody else changed it \
meanwhile; without it, two PATCHes of different fields both survive.
- **Doing it once.** Any POST takes an `Idempotency-Key`, kept for 24 hours: the same key and body \
get the first answer again, with `Idempotent-Replayed: true`.
- **Lists** are newest first. `next` leads to the following page and walks the whole list, however \
long. `count` is exact up to 1,000; past that, `count_exact` is false. An unknown query parameter \
is 400.
- **Errors** are `application/problem+json` (RFC 9457); tell them apart by `code`. 429 and 503 may \
be tried again."""


class UnknownOperationError(Exception):
    """A text refers to an operation that does not exist, or two operations have one name."""


def build(resources: Iterable[Resource]) -> Schema:
    """Return the OpenAPI 3.1 document of these resources."""
    resources = list(resources)
    routes = [route for resource in resources for route in resource.routes]
    _require_names(routes)
    components, problems = Components(routes), Problems()
    paths: dict[str, Schema] = {}
    for resource in resources:
        for route in resource.routes:
            operation = _operation(resource, route, components, problems)
            paths.setdefault(parameters.template(route), {})[route.method.lower()] = operation
    shared: Schema = {
        "headers": answers.shared_headers(),
        "parameters": parameters.shared(),
        "responses": dict(sorted(problems.responses.items())),
    }
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": "/"}],
        "security": [{"accessToken": []}],
        "tags": [{"name": one.name, "description": f"`{one.summary}`"} for one in resources],
        "paths": {path: _in_order(operations) for path, operations in sorted(paths.items())},
        "components": {
            "schemas": components.used([paths, shared]),
            **shared,
            "securitySchemes": {
                "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _info() -> Schema:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {
        "title": "Brook CRM API",
        "version": project["version"],
        "description": DESCRIPTION,
        "license": {"name": project["license"], "identifier": project["license"]},
    }


def _operation(
    resource: Resource, route: Route, components: Components, problems: Problems
) -> Schema:
    says = docstrings.read(route.function)
    body = bodies.of(route, components)
    return {
        "tags": [resource.name],
        "operationId": route.function.__name__,
        "summary": says.summary,
        **({"description": says.rest} if says.rest else {}),
        **({"security": []} if route.public else {}),
        "parameters": parameters.of(route, components),
        **({"requestBody": body} if body else {}),
        "responses": {str(route.status): answers.of(route), **problems.of(route)},
    }


def _in_order(operations: Schema) -> Schema:
    return {method: operations[method] for method in METHODS if method in operations}


def _require_names(routes: Iterable[Route]) -> None:
    names = [route.function.__name__ for route in routes]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UnknownOperationError(f"more than one operation is called {sorted(twice)}")
    if unknown := particulars.unknown(set(names)):
        raise UnknownOperationError(
            f"particulars.py speaks of unknown operations {sorted(unknown)}"
        )
