"""/api/webhook-deliveries"""

from crm.http.app import App
from crm.http.request import Request
from crm.http.response import Response
from crm.webhooks import deliveries
from crm.webhooks.schemas import WebhookDelivery

app = App()


@app.get("/api/webhook-deliveries/<webhook_delivery_id>", answer=WebhookDelivery)
def read_webhook_delivery(request: Request, webhook_delivery_id: str) -> Response:
    """One delivery, with what came of it. Admins only."""
    found, _ = deliveries.find(request.caller, webhook_delivery_id)
    return Response(200, found.answer())


@app.post(
    "/api/webhook-deliveries/<webhook_delivery_id>/redeliver", answer=WebhookDelivery, status=200
)
def redeliver_webhook_delivery(request: Request, webhook_delivery_id: str) -> Response:
    """Send a delivery again, with the same `webhook-id`. Admins only.

    It is sent at once, also if it waits for another attempt, and as often as a new one if it fails.
    """
    found, endpoint = deliveries.find(request.caller, webhook_delivery_id)
    return Response(200, deliveries.redeliver(found, endpoint).answer())


handler = app
