"""/api/timeline"""

from crm.sales.timeline import service
from crm.sales.timeline.schemas import TimelineItem, TimelineQuery
from crm.web.answer import Answer
from crm.web.app import App
from crm.web.paging import page
from crm.web.request import Request

app = App()


@app.get("/api/timeline", query=TimelineQuery, answer=TimelineItem, listed=True)
def read_timeline(request: Request, query: TimelineQuery) -> Answer:
    """Everything that happened on a record, newest first."""
    timeline = service.Timeline(request.caller, query)
    return page(request, query, timeline.entries(), timeline.rows, timeline.check)


handler = app
