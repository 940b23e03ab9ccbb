"""Makes the engine check permissions for the right resource.

The engine checks a schedule as one of the group `default`, whatever group the request names, and
the sending of an email as one of `*`. Policies that name the group and the sender would not match.
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
    """Return a query parameter, which may occur more than once."""
    return value[0] if isinstance(value, list) else value


def _content(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
