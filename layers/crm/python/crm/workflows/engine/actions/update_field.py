"""The action that sets a field of the record."""

from crm.workflows.engine.actions.context import Context, Done, Planned


def run(context: Context, action: Planned) -> Done:
    return context.change(action["field"], action["value"])
