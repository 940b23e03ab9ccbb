"""HTTP responses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from crm.platform import json
from crm.platform.dynamodb.record import Record
from crm.platform.errors import CRMError

JSON = "application/json"
PROBLEM = "application/problem+json"

MAX_BYTES = 6_000_000
"""Lambda's responses have up to 6 MB, including the event around the body."""

LONGEST_CHARACTER = 6
"""The largest number of bytes that one character takes in JSON."""


@dataclass(frozen=True)
class Response:
    """An HTTP response.

    Attributes:
        status: HTTP status code.
        body: a JSON value, or a string that is sent as it is; None for no body.
        headers: response headers other than `Content-Type`.
        content_type: of the body.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON

    @cached_property
    def text(self) -> str:
        """The serialized body."""
        if self.body is None:
            return ""
        return self.body if isinstance(self.body, str) else json.dump(self.body)

    @property
    def fits(self) -> bool:
        """Return whether the body fits a Lambda response, as a string in the JSON of the event."""
        if len(self.text) <= MAX_BYTES // LONGEST_CHARACTER:
            return True
        return len(json.dump(self.text).encode()) <= MAX_BYTES


def etag(record: Record) -> dict[str, str]:
    return {"ETag": f'"{record.version}"'}


def created(location: str, record: Record, body: Any) -> Response:
    """Return 201 with the record's location and version."""
    return Response(201, body, {"Location": location, **etag(record)})


def ok(record: Record, body: Any) -> Response:
    """Return 200 with the record's version."""
    return Response(200, body, etag(record))


def no_content() -> Response:
    return Response(204)


def redirect(url: str) -> Response:
    """Return 302 to a short-lived URL."""
    return Response(302, headers={"Location": url})


def problem(error: CRMError, request_id: str) -> Response:
    """Return an error as a problem document (RFC 9457).

    Args:
        error: the error.
        request_id: API Gateway's id of the request, for support and logs.
    """
    return Response(
        error.status,
        {
            "type": "about:blank",
            "title": error.title,
            "status": error.status,
            "code": error.code,
            "detail": error.detail,
            "errors": [{"field": one.field, "message": one.message} for one in error.errors],
            "request_id": request_id,
        },
        error.headers,
        PROBLEM,
    )
