"""Lets the engine see what a function's permission is asked for, where it looks at the wrong thing.

The engine judges a schedule as one of the group `default`, whatever group the request names, and
the sending of an email as of `*`. Policies that name the group and the sender would be of no use.
"""

import importlib
import json
from typing import Any


def install() -> None:
    actions: Any = importlib.import_module("ministack.core.iam_actions")
    extract = actions.extract_resource_arn

    def extract_named(
        service: str,
        method: str,
        path: str,
        headers: Any,
        body: bytes,
        query_params: Any,
        region: str,
        account_id: str,
    ) -> str:
        resource: str = extract(
            service, method, path, headers, body, query_params, region, account_id
        )
        content = _content(body)
        group = content.get("GroupName") or _first((query_params or {}).get("groupName"))
        if service == "scheduler" and group:
            return resource.replace(":schedule/default/", f":schedule/{group}/")
        if path.startswith("/v2/email/outbound-emails") and (
            sender := content.get("FromEmailAddress")
        ):
            return f"arn:aws:ses:{region}:{account_id}:identity/{sender}"
        return resource

    actions.extract_resource_arn = extract_named


def _first(value: Any) -> Any:
    """A parameter of a query string, which may stand there more than once."""
    return value[0] if isinstance(value, list) else value


def _content(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
