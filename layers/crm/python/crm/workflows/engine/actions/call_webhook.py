"""The action that calls a registered webhook endpoint, by a queue that retries."""

from crm.platform import clock, ids
from crm.platform.errors import TooLargeError, ValidationFailedError
from crm.webhooks import deliveries
from crm.webhooks import service as webhooks
from crm.workflows.engine.actions.context import Context, Done, Planned


def run(context: Context, action: Planned) -> Done:
    execution = context.execution
    endpoint = webhooks.find_by_url(execution.organization_id, action["url"])
    if endpoint is None or not endpoint.is_active:
        raise ValidationFailedError.of("url", "is no active webhook endpoint")
    if execution.payload is None:
        raise TooLargeError("The record is too large to be sent.")
    body = {
        "type": f"{execution.record_type}.{execution.event}",
        "timestamp": clock.timestamp(clock.now()),
        "data": {
            "rule_id": execution.rule_id,
            "execution_id": execution.id,
            **execution.payload,
        },
    }
    delivery = deliveries.stage(
        context.transaction, execution.organization_id, endpoint, ids.new_id(), body
    )
    return Done({"delivery_id": delivery.id}, lambda: deliveries.send_to_queue(delivery))


def send_again(organization_id: str, delivery_id: str) -> None:
    """Queue a committed delivery again, as its process may have died before it was queued."""
    delivery = deliveries.read(organization_id, delivery_id)
    if delivery is not None:
        deliveries.send_to_queue(delivery)
