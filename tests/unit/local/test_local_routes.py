"""Routes of the local stack: AWS's rules that the engine does not check."""

from typing import Any

import pytest

from local.errors import LocalStackError
from local.routes import Route, routes


def body(*paths: str) -> dict[str, Any]:
    uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:f/invocations"
    operation = {"x-amazon-apigateway-integration": {"uri": uri}}
    methods = {"x-amazon-apigateway-any-method": operation, "options": operation}
    return {"paths": dict.fromkeys(paths, methods)}


def test_routes() -> None:
    assert routes(body("/api/teams", "/api/teams/{proxy+}")) == [
        Route("ANY /api/teams", "arn:f", None),
        Route("OPTIONS /api/teams", "arn:f", None),
        Route("ANY /api/teams/{proxy+}", "arn:f", None),
        Route("OPTIONS /api/teams/{proxy+}", "arn:f", None),
    ]


@pytest.mark.parametrize("path", ["/api/teams/", "/"])
def test_a_path_that_ends_in_a_slash_is_refused(path: str) -> None:
    with pytest.raises(LocalStackError, match="slash"):
        routes(body("/api/teams", path))
