"""/api/notifications"""

from crm.http.app import App
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.response import Response, ok
from crm.tenancy.notifications import service
from crm.tenancy.notifications.schemas import Notification, NotificationQuery

app = App()


@app.get("/api/notifications", query=NotificationQuery, answer=Notification, listed=True)
def list_notifications(request: Request, query: NotificationQuery) -> Response:
    """The caller's own notifications, newest first."""
    return page(
        request,
        query,
        service.search(request.caller, query),
        lambda entries: service.rows(request.caller, entries),
    )


@app.get("/api/notifications/<notification_id>", answer=Notification)
def read_notification(request: Request, notification_id: str) -> Response:
    """One of the caller's own notifications; another user's is not found."""
    found = service.find(request.caller, notification_id)
    return ok(found, found.answer())


@app.post("/api/notifications/<notification_id>/read", answer=Notification, status=200)
def mark_notification_read(request: Request, notification_id: str) -> Response:
    """Mark a notification as read; `read_on` stays that of the first time."""
    old = service.find(request.caller, notification_id)
    new = service.mark_read(request.transaction, request.caller, old)
    return ok(new, new.answer())


handler = app
