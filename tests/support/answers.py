"""Holds real HTTP answers against the committed OpenAPI document."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from local.settings import ROOT

DOCUMENT = ROOT / "functions/api/docs/openapi.json"

NOWHERE = {401, 404, 405}
"""Allowed responses to a path or method that the document does not name."""

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")

_formats = FormatChecker(["date", "uuid"])


@_formats.checks("date-time")
def _is_time(value: object) -> bool:
    """A time as the contract spells it, which is one of the many that RFC 3339 allows."""
    return not isinstance(value, str) or _TIME.fullmatch(value) is not None


def check(method: str, path: str, status: int, content_type: str, body: Any) -> None:
    """Refuse an answer that the document does not describe.

    Fields that the document does not name are refused as well, although clients should bear with
    them: here they are what somebody forgot to describe, or to hide.

    Args:
        method: HTTP method of the request.
        path: its path; a query string is passed over.
        status: status of the answer.
        content_type: its `Content-Type`, empty if it has none.
        body: its JSON value, or its text if it is no JSON; None or empty if it has none.

    Raises:
        AssertionError: the answer is not as described.
    """
    said = f"{method.upper()} {path} answered {status}"
    described = _responses(method, path)
    assert str(status) in described, f"{said}, of which the document knows nothing: {body!r:.500}"
    content = described[str(status)].get("content", {})
    if not content:
        assert not body, f"{said} with a body, where the document has none: {body!r:.500}"
        return
    media_type = content_type.partition(";")[0].strip().lower()
    assert media_type in content, f"{said} as {media_type!r}, not as {' or '.join(content)}"
    _check_body(said, content[media_type]["schema"], body)


def _check_body(said: str, schema: Mapping[str, Any], body: Any) -> None:
    whole = {**schema, "components": _document()["components"]}
    error = best_match(Draft202012Validator(whole, format_checker=_formats).iter_errors(body))
    if error is not None:
        raise AssertionError(f"{said} with {error.json_path}: {error.message:.500}")


def _responses(method: str, path: str) -> Mapping[str, Any]:
    operations = _operations(urlsplit(path).path.rstrip("/"))
    if method.lower() not in operations:
        return {str(status): _refusal() for status in NOWHERE}
    responses = operations[method.lower()]["responses"]
    return {status: _resolved(one) for status, one in responses.items()}


def _refusal() -> Mapping[str, Any]:
    """The gateway's own words, or a problem."""
    schemas = "#/components/schemas"
    return {
        "content": {
            "application/json": {"schema": {"$ref": f"{schemas}/GatewayMessage"}},
            "application/problem+json": {"schema": {"$ref": f"{schemas}/Problem"}},
        }
    }


def _operations(path: str) -> Mapping[str, Any]:
    """The operations of a path, given as a template or with values in it."""
    paths = _document()["paths"]
    if path in paths:
        return dict(paths[path])
    fitting = [one for one in paths if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one), path)]
    return dict(paths[fitting[0]]) if fitting else {}


def _resolved(response: Mapping[str, Any]) -> Mapping[str, Any]:
    name = response.get("$ref", "").rpartition("/")[2]
    return dict(_document()["components"]["responses"][name]) if name else response


@cache
def _document() -> dict[str, Any]:
    return dict(_closed(json.loads(DOCUMENT.read_text(encoding="utf-8"))))


def _closed(value: Any) -> Any:
    """The same schemas, with no room for fields that they do not name."""
    if isinstance(value, list):
        return [_closed(one) for one in value]
    if not isinstance(value, dict):
        return value
    closed = {key: _closed(one) for key, one in value.items()}
    if closed.get("type") == "object" and "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed
