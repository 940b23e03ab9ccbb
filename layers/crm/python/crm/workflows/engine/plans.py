"""What the actions of a rule do to one record: everything filled in when the rule is set off. Pure.

Later looks would find later values; what is planned is what the change said.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from crm.workflows.rules.dry_run import rendered
from crm.workflows.rules.values import Values

LARGEST_PAYLOAD = 200_000
"""Bytes. An execution is an item of 400 KB, and its plan takes some of it."""


def plan(
    actions: Sequence[Mapping[str, Any]], values: Values, now: datetime
) -> list[dict[str, Any]]:
    """The actions with their texts and values filled in.

    Args:
        actions: as the rule has them.
        values: of the record.
        now: when the record was written.
    """
    return [_planned(action, values, now) for action in actions]


def payload(
    actions: Sequence[Mapping[str, Any]], told: Callable[[], dict[str, Any]]
) -> dict[str, Any] | None:
    """What webhooks are told: once for all of them, and only if it leaves room for the rest.

    Args:
        actions: as the rule has them.
        told: makes it.
    """
    if not any(action["type"] == "call_webhook" for action in actions):
        return None
    found = told()
    size = len(json.dumps(found, ensure_ascii=False, default=str).encode())
    return found if size <= LARGEST_PAYLOAD else None


def due(action: Mapping[str, Any], since: datetime) -> datetime | None:
    """When a planned action is to be done; None for at once."""
    delay = {unit: n for unit, n in (action.get("delay") or {}).items() if n is not None}
    return since + timedelta(**delay) if delay else None


def _planned(action: Mapping[str, Any], values: Values, now: datetime) -> dict[str, Any]:
    planned = rendered(action, values)
    if planned.get("due_in_days") is not None:
        day = now + timedelta(days=planned.pop("due_in_days"))
        planned["due_date"] = day.date().isoformat()
    return planned
