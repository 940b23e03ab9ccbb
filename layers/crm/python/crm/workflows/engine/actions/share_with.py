"""The action that shares the record with a team."""

from crm.workflows.engine.actions.context import Context, Done, Planned


def run(context: Context, action: Planned) -> Done:
    shared = context.record().shared_with
    if action["team_id"] in shared:
        return Done({"changed": False})
    return context.change("shared_with", [*shared, action["team_id"]])
