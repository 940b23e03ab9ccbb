"""What the actions of a rule do to one record: everything filled in when the rule is set off. Pure.

Later looks would find later values; what is planned is what the change said.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from crm.workflows.placeholders import render
from crm.workflows.values import Values

_LINES = {"subject": 255}
_TEXTS = {"description": 10_000, "body": 10_000, "value": 10_000}


def plan(
    actions: Sequence[Mapping[str, Any]], values: Values, payload: Mapping[str, Any], now: datetime
) -> list[dict[str, Any]]:
    """The actions with their texts and values filled in.

    Args:
        actions: as the rule has them.
        values: of the record.
        payload: what a webhook is told of the record.
        now: when the record was written.
    """
    planned = [_planned(action, values, now) for action in actions]
    return [
        {**one, "payload": payload} if one["type"] == "call_webhook" else one for one in planned
    ]


def due(action: Mapping[str, Any], since: datetime) -> datetime | None:
    """When a planned action is to be done; None for at once."""
    delay = action.get("delay")
    return since + timedelta(**delay) if delay else None


def _planned(action: Mapping[str, Any], values: Values, now: datetime) -> dict[str, Any]:
    planned = {name: value for name, value in action.items() if value is not None}
    if action["type"] == "update_field":
        planned["value"] = action.get("value")
    for name, limit in {**_LINES, **_TEXTS}.items():
        if isinstance(planned.get(name), str):
            planned[name] = render(planned[name], values, limit, one_line=name in _LINES)
    if "delay" in planned:
        planned["delay"] = {
            unit: count for unit, count in planned["delay"].items() if count is not None
        }
    if "due_in_days" in planned:
        planned["due_date"] = (now + timedelta(days=planned.pop("due_in_days"))).date().isoformat()
    return planned
