"""The action that assigns the record to a user, or to the members of a team in turn."""

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.errors import ValidationFailedError
from crm.tenancy.members import service as members
from crm.workflows.engine.actions.context import Context, Done, Planned


def run(context: Context, action: Planned) -> Done:
    owner = action.get("to") or _next(context, action["round_robin"])
    done = context.change("assigned_to", owner)
    return Done({**done.result, "assigned_to": owner})


def _next(context: Context, team_id: str) -> str:
    """Return the next member. The turn is advanced in the transaction that assigns the record.

    Raises:
        ValidationFailedError: The team has no active member.
    """
    people = members.active_in_team(context.execution.organization_id, team_id)
    if not people:
        raise ValidationFailedError.of("round_robin", "has nobody who is active")
    key = keys.turn(context.execution.organization_id, context.execution.rule_id, context.index)
    item = SYSTEM.get(key)
    turn = int(item["turn"]) if item else 0
    as_read = (Path("turn") == turn) if item else Path("pk").does_not_exist()
    context.transaction.update(key, [Path("turn").set(turn + 1)], as_read, table=SYSTEM)
    return people[turn % len(people)]
