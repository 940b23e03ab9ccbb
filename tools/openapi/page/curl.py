"""Example commands of an operation. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any

FORM = "multipart/form-data"


def commands(
    method: str, path: str, operation: Mapping[str, Any], headers: list[Mapping[str, Any]]
) -> list[str]:
    """Return one command per kind of body, for those with an example.

    Args:
        method: HTTP method.
        path: template of the path.
        operation: the operation.
        headers: its header parameters.
    """
    content = operation.get("requestBody", {}).get("content", {})
    common = _start(method, path, operation) + _headers(operation, headers)
    bodies = [_body(media, one) for media, one in content.items() if "example" in one][:1]
    if FORM in content:
        bodies.append(["-F title='Signed contract'", "-F document_file=@contract.pdf"])
    return [" \\\n  ".join(common + body) for body in bodies or [[]]]


def _start(method: str, path: str, operation: Mapping[str, Any]) -> list[str]:
    address = re.sub(r"\{(\w+)\}", lambda match: f"${match[1].upper()}", path)
    options = " -LOJ" if "302" in operation["responses"] else ""
    verb = f" -X {method.upper()}" if method != "get" else ""
    return [f'curl{options}{verb} "$API{address}"']


def _headers(operation: Mapping[str, Any], headers: list[Mapping[str, Any]]) -> list[str]:
    token = [] if operation.get("security") == [] else ['-H "Authorization: Bearer $TOKEN"']
    organization = [one for one in headers if one["name"] == "organization-id" and one["required"]]
    return token + ['-H "organization-id: $ORGANIZATION_ID"' for _ in organization]


def _body(media: str, content: Mapping[str, Any]) -> list[str]:
    text = json.dumps(content["example"], ensure_ascii=False, indent=2).replace("'", "'\\''")
    return [f"-H 'Content-Type: {media}'", f"-d '{text}'"]
