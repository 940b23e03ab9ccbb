"""Sets a field of the record."""

from crm.automation.actions.context import Context, Done, Planned


def run(context: Context, action: Planned) -> Done:
    return context.change(action["field"], action["value"])
