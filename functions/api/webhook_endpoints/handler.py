"""/api/webhook-endpoints"""

from crm.http.app import App
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.response import Response, created, no_content, ok
from crm.platform.fields import PageQuery
from crm.platform.merge_patch import Patch
from crm.webhooks import deliveries, service
from crm.webhooks.schemas import (
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEndpointCreated,
    WebhookEndpointWrite,
)

app = App()


@app.post("/api/webhook-endpoints", body=WebhookEndpointWrite, answer=WebhookEndpointCreated)
def create_webhook_endpoint(request: Request, body: WebhookEndpointWrite) -> Response:
    """Register where deliveries may go. Admins only.

    `secret` verifies their signatures (Standard Webhooks). This answer shows it, and no other one
    ever does.
    """
    made = service.create(request.transaction, request.caller, request.new_id, body)
    whole = {**made.answer(), "secret": made.secret}
    return created(f"/api/webhook-endpoints/{made.id}", made, whole)


@app.get("/api/webhook-endpoints", query=PageQuery, answer=WebhookEndpoint, listed=True)
def list_webhook_endpoints(request: Request, query: PageQuery) -> Response:
    """The organization's endpoints, newest first. Admins only."""
    return page(
        request,
        query,
        service.search(request.caller),
        lambda entries: service.rows(request.caller, entries),
    )


@app.get("/api/webhook-endpoints/<webhook_endpoint_id>", answer=WebhookEndpoint)
def read_webhook_endpoint(request: Request, webhook_endpoint_id: str) -> Response:
    """One endpoint. Admins only."""
    found = service.find(request.caller, webhook_endpoint_id)
    return ok(found, found.answer())


@app.put(
    "/api/webhook-endpoints/<webhook_endpoint_id>",
    body=WebhookEndpointWrite,
    answer=WebhookEndpoint,
)
def replace_webhook_endpoint(
    request: Request, webhook_endpoint_id: str, body: WebhookEndpointWrite
) -> Response:
    """Change an endpoint as a whole; its secret stays. Admins only."""
    return _update(request, webhook_endpoint_id, body)


@app.patch(
    "/api/webhook-endpoints/<webhook_endpoint_id>",
    body=WebhookEndpointWrite,
    answer=WebhookEndpoint,
)
def update_webhook_endpoint(
    request: Request, webhook_endpoint_id: str, body: Patch[WebhookEndpointWrite]
) -> Response:
    """Change an endpoint in part. Admins only.

    With `is_active: true` an endpoint is called again that was disabled.
    """
    return _update(request, webhook_endpoint_id, body)


@app.delete("/api/webhook-endpoints/<webhook_endpoint_id>")
def delete_webhook_endpoint(request: Request, webhook_endpoint_id: str) -> Response:
    """Delete an endpoint; what is on its way to it is not sent any more. Admins only."""
    old = service.find(request.caller, webhook_endpoint_id)
    request.require_match(old)
    service.delete(request.transaction, request.caller, old)
    return no_content()


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


def _update(
    request: Request,
    webhook_endpoint_id: str,
    body: WebhookEndpointWrite | Patch[WebhookEndpointWrite],
) -> Response:
    old = service.find(request.caller, webhook_endpoint_id)
    request.require_match(old)
    whole = body.over(old) if isinstance(body, Patch) else body
    new = service.update(request.transaction, request.caller, old, whole)
    return ok(new, new.answer())


handler = app
