"""/api/timeline"""

from crm.http.app import App
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.response import Response
from crm.sales.timeline import service
from crm.sales.timeline.schemas import TimelineItem, TimelineQuery

app = App()


@app.get("/api/timeline", query=TimelineQuery, answer=TimelineItem, listed=True)
def read_timeline(request: Request, query: TimelineQuery) -> Response:
    """Everything that happened on a record, newest first."""
    timeline = service.Timeline(request.caller, query)
    return page(request, query, timeline.entries(), timeline.rows, timeline.check)


handler = app
