"""/api/webhook-endpoints"""

from crm.http.app import App
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.resource_routes import ResourceRoutes
from crm.http.response import Response, created
from crm.platform.fields import PageQuery
from crm.webhooks import deliveries, service
from crm.webhooks.schemas import (
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEndpointCreated,
    WebhookEndpointWrite,
)

app = App()


class EndpointRoutes(ResourceRoutes[WebhookEndpoint, WebhookEndpointWrite]):
    """Routes of endpoints: the answer to POST is the only one with the secret."""

    def create(self, request: Request, body: WebhookEndpointWrite) -> Response:
        made = service.create(request.transaction, request.caller, request.new_id, body)
        whole = {**made.answer(), "secret": made.secret}
        return created(f"{request.path}/{made.id}", made, whole)


EndpointRoutes(
    app,
    service,
    WebhookEndpoint,
    body=WebhookEndpointWrite,
    created=WebhookEndpointCreated,
    summaries={
        "create": """Register where deliveries may go. Admins only.

            `secret` verifies their signatures (Standard Webhooks). This answer shows it, and no
            other one ever does.
            """,
        "list": "The organization's endpoints, newest first. Admins only.",
        "read": "One endpoint. Admins only.",
        "replace": "Change an endpoint as a whole; its secret stays. Admins only.",
        "update": """Change an endpoint in part. Admins only.

            With `is_active: true` an endpoint is called again that was disabled.
            """,
        "delete": (
            "Delete an endpoint; what is on its way to it is not sent any more. Admins only."
        ),
    },
)


@app.get(
    "/api/webhook-endpoints/<webhook_endpoint_id>/deliveries",
    query=PageQuery,
    answer=WebhookDelivery,
    listed=True,
)
def list_webhook_deliveries(
    request: Request, webhook_endpoint_id: str, query: PageQuery
) -> Response:
    """What was sent to an endpoint in the last 30 days, newest first. Admins only."""
    return page(
        request,
        query,
        deliveries.list_all(request.caller, webhook_endpoint_id),
        lambda entries: deliveries.rows(request.caller, entries),
        lambda: service.find(request.caller, webhook_endpoint_id),
    )


handler = app
