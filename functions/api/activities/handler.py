"""/api/activities"""

from crm.http.app import App
from crm.http.pagination import page
from crm.http.record_routes import OwnedRoutes
from crm.http.request import Request
from crm.http.response import Response
from crm.platform.errors import PermissionDeniedError
from crm.related.activities import service
from crm.related.activities.schemas import Activity, ActivityAnswer, ActivityQuery, ActivityWrite
from crm.related.activities.service import ACTIVITIES

app = App()


class ActivityRoutes(OwnedRoutes[Activity, ActivityWrite, ActivityQuery]):
    """Routes of activities: those of a record are listed for callers who may see the record."""

    def list(self, request: Request, query: ActivityQuery) -> Response:
        caller = request.caller
        if query.about is None or caller.is_admin:
            return super().list(request, query)
        try:
            return page(
                request,
                query,
                service.search_about(caller, query),
                lambda entries: service.rows_about(caller, query, entries),
                lambda: service.require_record(caller, query),
            )
        except PermissionDeniedError:
            return super().list(request, query)


ActivityRoutes(
    app,
    ACTIVITIES,
    answer=ActivityAnswer,
    summaries={
        "create": "Make a task, an event, an email, a note or a call, by itself or about a record.",
        "list": """The caller's activities, or all about a record.

            The caller's are those that they made or that are assigned to them; for admins, all.
            About a record that they may see, they are listed all.
            """,
        "read": "One activity. Whoever may see the record that it is about may read it.",
        "replace": "Change an activity as a whole. It keeps its type.",
        "update": (
            "Change an activity in part. To complete a task, `status` or `is_completed` will do."
        ),
        "delete": "Delete an activity with its attachments.",
    },
)

handler = app
