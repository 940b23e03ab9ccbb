"""A caller of the API: builds the events that API Gateway sends, and reads what comes back."""

import base64
import json as jsonlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from local import handlers

Handler = Callable[[dict[str, Any], Any], Any]

_DOCS = {"health", "openapi.json", "docs"}


@dataclass(frozen=True)
class Reply:
    """A function's answer."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return jsonlib.loads(self.text)

    @property
    def problem(self) -> tuple[int, str]:
        """Status and code of a problem document; anything else is no problem."""
        assert self.headers["Content-Type"] == "application/problem+json", self.text
        assert self.json["status"] == self.status
        return self.status, self.json["code"]

    @property
    def fields(self) -> list[str]:
        """The fields that a problem document finds fault with."""
        return [error["field"] for error in self.json["errors"]]

    @property
    def ids(self) -> list[str]:
        """The ids of a page, in its order."""
        assert self.status == 200, self.text
        return [row["id"] for row in self.json["results"]]


@dataclass(frozen=True)
class Client:
    """Somebody with a token, in an organization or in none."""

    user_id: str
    organization_id: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)

    def within(self, organization_id: str | None) -> "Client":
        return replace(self, organization_id=organization_id)

    def with_claims(self, **claims: Any) -> "Client":
        """The same person with other claims; None takes one away."""
        return replace(self, claims={**self.claims, **claims})

    def get(self, path: str, **options: Any) -> Reply:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Reply:
        return self.call("POST", path, json=json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> Reply:
        return self.call("PUT", path, json=json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> Reply:
        return self.call("PATCH", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> Reply:
        return self.call("DELETE", path, **options)

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Send a request: a JSON value, or bytes as they are."""
        path, _, text = path.partition("?")
        event = self.event(method, path, headers or {}, urlencode(query) if query else text)
        if body is None and json is not None:
            body = jsonlib.dumps(json).encode()
            event["headers"].setdefault("content-type", "application/json")
        if body is not None:
            event["body"] = base64.b64encode(body).decode()
            event["isBase64Encoded"] = True
        answer = handler_of(path)(event, None)
        return Reply(answer["statusCode"], answer["headers"], answer.get("body") or "")

    def event(
        self, method: str, path: str, headers: Mapping[str, str], query: str
    ) -> dict[str, Any]:
        """An event in API Gateway's payload format 2.0."""
        claims = {
            "sub": self.user_id,
            "token_use": "access",
            "scope": "openid",
            "client_id": "app",
            **self.claims,
        }
        known = {name: value for name, value in claims.items() if value is not None}
        organization = {"organization-id": self.organization_id} if self.organization_id else {}
        return {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {**organization, **headers},
            "requestContext": {
                "requestId": "request-1",
                "stage": "$default",
                "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
                "authorizer": {"jwt": {"claims": known, "scopes": None}},
            },
            "isBase64Encoded": False,
        }


def handler_of(path: str) -> Handler:
    """The function that the template's routes send a path to."""
    resource = path.split("/")[2]
    return function("docs" if resource in _DOCS else resource.replace("-", "_"))


def function(name: str) -> Handler:
    """A Lambda function, by the folder that it lives in."""
    handler: Handler = handlers.load(name).handler
    return handler
