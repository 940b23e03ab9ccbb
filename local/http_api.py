"""Makes the engine's HTTP APIs choose routes as AWS does.

AWS lets a greedy path variable stand for an empty rest, so that `/api/teams/{proxy+}` serves
`/api/teams/`; the engine demands a character. On AWS a route for any method takes a preflight, and
its authorizer refuses it; the engine answers each preflight by the CORS configuration.
"""

import importlib
from typing import Any

GREEDY = "{proxy+}"


def install() -> None:
    gateway: Any = importlib.import_module("ministack.services.apigateway")
    extract = gateway._extract_path_params

    def extract_with_empty_rest(route_path: str, request_path: str) -> dict[str, str] | None:
        found: dict[str, str] | None = extract(route_path, request_path)
        if found is None and route_path == request_path + GREEDY:
            return {"proxy": ""}
        return found

    gateway._extract_path_params = extract_with_empty_rest
    execute = gateway._handle_execute_in_scope

    async def execute_with_authorizer(
        api_id: str, stage: str, path: str, method: str, *arguments: Any
    ) -> Any:
        """Refuse a preflight on a route with an authorizer, which the engine does not ask."""
        if method == "OPTIONS":
            route = gateway._match_route(api_id, method, path)
            if route and route.get("authorizationType") == "JWT":
                return gateway._jwt_unauthorized()
        return await execute(api_id, stage, path, method, *arguments)

    gateway._handle_execute_in_scope = execute_with_authorizer
