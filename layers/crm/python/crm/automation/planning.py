"""What the actions of a rule do to one record: everything filled in when the rule is set off. Pure.

Later looks would find later values; what is planned is what the change said.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from crm.workflows.dry_run import rendered
from crm.workflows.values import Values


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
    delay = {unit: n for unit, n in (action.get("delay") or {}).items() if n is not None}
    return since + timedelta(**delay) if delay else None


def _planned(action: Mapping[str, Any], values: Values, now: datetime) -> dict[str, Any]:
    planned = rendered(action, values)
    if planned.get("due_in_days") is not None:
        day = now + timedelta(days=planned.pop("due_in_days"))
        planned["due_date"] = day.date().isoformat()
    return planned
