"""Makes the engine's HTTP APIs choose routes as AWS does.

AWS lets a greedy path variable stand for an empty rest, so that `/api/teams/{proxy+}` serves
`/api/teams/`; the engine demands a character.
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
