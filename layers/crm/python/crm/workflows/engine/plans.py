"""Plans: a rule's actions for one record, filled in when the rule is triggered. Pure.

Later reads would return later values; a plan holds the values of the change.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from crm.workflows.rules.dry_run import rendered
from crm.workflows.rules.values import Values

LARGEST_PAYLOAD = 200_000
"""Bytes. An execution is an item of 400 KB, and its plan takes part of it."""


def plan(
    actions: Sequence[Mapping[str, Any]], values: Values, now: datetime
) -> list[dict[str, Any]]:
    """Return the actions with their texts and values filled in.

    Args:
        actions: the actions of the rule.
        values: the values of the record.
        now: the time of the write of the record.
    """
    return [_planned(action, values, now) for action in actions]


def payload(
    actions: Sequence[Mapping[str, Any]], fields: Callable[[], dict[str, Any]]
) -> dict[str, Any] | None:
    """Return the data for webhooks, the same for all; None if not needed, or too large.

    Args:
        actions: the actions of the rule.
        fields: builds the data.
    """
    if not any(action["type"] == "call_webhook" for action in actions):
        return None
    found = fields()
    size = len(json.dumps(found, ensure_ascii=False, default=str).encode())
    return found if size <= LARGEST_PAYLOAD else None


def due(action: Mapping[str, Any], since: datetime) -> datetime | None:
    """Return the time at which a planned action is due; None for at once."""
    delay = {unit: n for unit, n in (action.get("delay") or {}).items() if n is not None}
    return since + timedelta(**delay) if delay else None


def _planned(action: Mapping[str, Any], values: Values, now: datetime) -> dict[str, Any]:
    planned = rendered(action, values)
    if planned.get("due_in_days") is not None:
        day = now + timedelta(days=planned.pop("due_in_days"))
        planned["due_date"] = day.date().isoformat()
    return planned
