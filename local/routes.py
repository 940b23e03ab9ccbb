"""Reads routes, authorizers and CORS from the OpenAPI body that SAM writes. Pure."""

import re
from dataclasses import dataclass
from typing import Any

from local.errors import LocalStackError

METHODS = {
    "x-amazon-apigateway-any-method": "ANY",
    **{
        method: method.upper()
        for method in ("get", "post", "put", "patch", "delete", "head", "options")
    },
}
INTEGRATED_FUNCTION = re.compile(r"functions/(arn:[^/]+)/invocations")


@dataclass(frozen=True)
class Route:
    key: str
    function: str
    authorizer: str | None


def routes(body: dict[str, Any]) -> list[Route]:
    """Return the routes.

    Raises:
        LocalStackError: A path ends in a slash: API Gateway drops such a route, and a deployment
            on AWS fails by `FailOnWarnings`.
    """
    slashed = [path for path in body["paths"] if path.endswith("/")]
    if slashed:
        raise LocalStackError(f"API Gateway refuses routes that end in a slash: {slashed}")
    return [
        Route(_key(METHODS[method], path), _function(operation), _authorizer(operation))
        for path, operations in body["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    ]


def authorizers(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the settings of each JWT authorizer, for CreateAuthorizer."""
    schemes = body.get("components", {}).get("securitySchemes", {})
    found = {name: scheme["x-amazon-apigateway-authorizer"] for name, scheme in schemes.items()}
    return {
        name: {
            "AuthorizerType": "JWT",
            "IdentitySource": [authorizer["identitySource"]],
            "JwtConfiguration": {
                "Issuer": authorizer["jwtConfiguration"]["issuer"],
                "Audience": authorizer["jwtConfiguration"]["audience"],
            },
        }
        for name, authorizer in found.items()
    }


def cors(body: dict[str, Any]) -> dict[str, Any]:
    """Return the CORS configuration for UpdateApi: the same names, capitalized."""
    settings = body.get("x-amazon-apigateway-cors") or {}
    return {name[0].upper() + name[1:]: value for name, value in settings.items()}


def _key(method: str, path: str) -> str:
    return path if path == "$default" else f"{method} {path}"


def _function(operation: dict[str, Any]) -> str:
    uri = operation["x-amazon-apigateway-integration"]["uri"]
    found = INTEGRATED_FUNCTION.search(uri)
    return found.group(1) if found else str(uri)


def _authorizer(operation: dict[str, Any]) -> str | None:
    schemes = [name for requirement in operation.get("security", []) for name in requirement]
    return next((name for name in schemes if name != "NONE"), None)
