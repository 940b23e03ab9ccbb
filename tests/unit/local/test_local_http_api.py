"""Choice of routes on the local stack: as AWS chooses them."""

import asyncio
import importlib
from types import SimpleNamespace
from typing import Any

import pytest

from local import http_api


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stands for the engine's module of HTTP APIs, with one route behind an authorizer."""
    routes = {"/api/teams": {"authorizationType": "JWT"}, "/api/health": {}}

    async def execute(*_: Any) -> str:
        return "executed"

    def extract(route_path: str, path: str) -> dict[str, str] | None:
        prefix = route_path.removesuffix("{proxy+}")
        rest = path.removeprefix(prefix)
        return {"proxy": rest} if path.startswith(prefix) and rest else None

    engine = SimpleNamespace(
        _extract_path_params=extract,
        _handle_execute_in_scope=execute,
        _match_route=lambda _api, _method, path: routes.get(path),
        _jwt_unauthorized=lambda: "unauthorized",
    )
    monkeypatch.setattr(importlib, "import_module", lambda _: engine)
    http_api.install()
    return engine


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/api/teams/", {"proxy": ""}),
        ("/api/teams/1", {"proxy": "1"}),
        ("/api/teams", None),
        ("/api/", None),
    ],
)
def test_a_greedy_variable_takes_an_empty_rest(gateway: Any, path: str, found: Any) -> None:
    assert gateway._extract_path_params("/api/teams/{proxy+}", path) == found


@pytest.mark.parametrize(
    ("method", "path", "answer"),
    [
        ("OPTIONS", "/api/teams", "unauthorized"),
        ("OPTIONS", "/api/health", "executed"),
        ("OPTIONS", "/api/unknown", "executed"),
        ("GET", "/api/teams", "executed"),
    ],
)
def test_an_authorizer_refuses_a_preflight(
    gateway: Any, method: str, path: str, answer: str
) -> None:
    call = gateway._handle_execute_in_scope("api", "$default", path, method, {}, b"", {})
    assert asyncio.run(call) == answer
