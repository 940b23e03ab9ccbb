"""The actions of rules. A new action is a new module, and an entry here."""

from collections.abc import Mapping

from crm.workflows.engine.actions import (
    assign_owner,
    call_webhook,
    create_activity,
    send_notification,
    share_with,
    update_field,
)
from crm.workflows.engine.actions.context import Action

ACTIONS: Mapping[str, Action] = {
    "assign_owner": assign_owner.run,
    "call_webhook": call_webhook.run,
    "create_activity": create_activity.run,
    "send_notification": send_notification.run,
    "share_with": share_with.run,
    "update_field": update_field.run,
}
