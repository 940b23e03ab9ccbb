"""Requests as API Gateway hands them to a function (HTTP API, payload format 2.0)."""

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from benchmarks.functions import Event

BOUNDARY = "benchmarks-boundary"


@dataclass(frozen=True)
class Client:
    """Somebody who sends requests, in an organization or in none."""

    user_id: str
    organization_id: str | None = None

    def get(self, path: str, **query: str) -> Event:
        return self._event("GET", path, query=urlencode(query))

    def follow(self, link: str) -> Event:
        """The page that a `next` leads to."""
        path, _, query = link.partition("?")
        return self._event("GET", path, query=query)

    def delete(self, path: str, **query: str) -> Event:
        return self._event("DELETE", path, query=urlencode(query))

    def post(self, path: str, body: Any, idempotency_key: str | None = None) -> Event:
        headers = {"idempotency-key": idempotency_key} if idempotency_key else {}
        return self._json("POST", path, body, headers)

    def put(self, path: str, body: Any) -> Event:
        return self._json("PUT", path, body, {})

    def patch(self, path: str, body: Any) -> Event:
        return self._json("PATCH", path, body, {})

    def form(self, path: str, fields: list[tuple[str, str]], file: tuple[str, str, bytes]) -> Event:
        """A POST of a multipart form whose file is named `document_file`."""
        name, content_type, content = file
        parts = [f'name="{field}"\r\n\r\n{value}'.encode() for field, value in fields]
        head = f'name="document_file"; filename="{name}"\r\nContent-Type: {content_type}\r\n\r\n'
        parts.append(head.encode() + content)
        opening = f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode()
        body = b"".join(opening + part + b"\r\n" for part in parts)
        return self._event(
            "POST",
            path,
            headers={"content-type": f"multipart/form-data; boundary={BOUNDARY}"},
            body=base64.b64encode(body + f"--{BOUNDARY}--\r\n".encode()).decode(),
            encoded=True,
        )

    def _json(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Event:
        typed = {"content-type": "application/json", **headers}
        return self._event(method, path, headers=typed, body=json.dumps(body))

    def _event(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
        encoded: bool = False,
    ) -> Event:
        organization = {"organization-id": self.organization_id} if self.organization_id else {}
        claims = {"sub": self.user_id, "token_use": "access", "username": self.user_id}
        return {
            "version": "2.0",
            "routeKey": f"ANY {path}",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"accept": "*/*", **organization, **(headers or {})},
            "requestContext": {
                "accountId": "000000000000",
                "authorizer": {"jwt": {"claims": claims, "scopes": None}},
                "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
                "requestId": str(uuid.uuid4()),
                "stage": "$default",
            },
            "body": body,
            "isBase64Encoded": encoded,
        }
