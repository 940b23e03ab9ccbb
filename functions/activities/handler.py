"""/api/activities"""

from crm.activities import service
from crm.activities.schemas import Activity, ActivityAnswer, ActivityQuery, ActivityWrite
from crm.fields import PageQuery
from crm.history import service as history
from crm.history.schemas import HistoryRow
from crm.owned import belongings
from crm.owned import service as owned
from crm.patch import Patch
from crm.web.answer import Answer, created, no_content, ok
from crm.web.app import App
from crm.web.paging import page
from crm.web.request import Request

app = App()


@app.post("/api/activities", body=ActivityWrite, answer=ActivityAnswer)
def create_activity(request: Request, body: ActivityWrite) -> Answer:
    """Make a task, an event, an email, a note or a call, by itself or about a record."""
    known = service.definitions(request.caller)
    activity = service.create(request.transaction, request.caller, request.new_id, body, known)
    return created(f"/api/activities/{activity.id}", activity, service.answer(activity, known))


@app.get("/api/activities", query=ActivityQuery, answer=ActivityAnswer, listed=True)
def list_activities(request: Request, query: ActivityQuery) -> Answer:
    """The caller's activities, or all about a record.

    The caller's are those that they made or that are assigned to them; for admins, all. About a
    record that they may see, they are listed all.
    """
    found = service.search(request.caller, query)
    return page(request, query, found, lambda entries: service.rows(request.caller, query, entries))


@app.get("/api/activities/<activity_id>", answer=ActivityAnswer)
def read_activity(request: Request, activity_id: str) -> Answer:
    """One activity. Whoever may see the record that it is about may read it."""
    activity = owned.find(Activity, request.caller, activity_id)
    return ok(activity, service.answer(activity, service.definitions(request.caller)))


@app.put("/api/activities/<activity_id>", body=ActivityWrite, answer=ActivityAnswer)
def replace_activity(request: Request, activity_id: str, body: ActivityWrite) -> Answer:
    """Change an activity as a whole. It keeps its type."""
    old = owned.find_to_change(Activity, request.caller, activity_id)
    request.require_match(old)
    known = service.definitions(request.caller)
    custom = known.replace(body.root.custom_fields, old.custom_fields)
    new = service.update(request.transaction, request.caller, old, body, custom)
    return ok(new, service.answer(new, known))


@app.patch("/api/activities/<activity_id>", body=ActivityWrite, answer=ActivityAnswer)
def update_activity(request: Request, activity_id: str, body: Patch[ActivityWrite]) -> Answer:
    """Change an activity in part. To complete a task, `status` or `is_completed` will do."""
    old = owned.find_to_change(Activity, request.caller, activity_id)
    request.require_match(old)
    known = service.definitions(request.caller)
    new = service.patch(request.transaction, request.caller, old, body, known)
    return ok(new, service.answer(new, known))


@app.delete("/api/activities/<activity_id>")
def delete_activity(request: Request, activity_id: str) -> Answer:
    """Delete an activity with its attachments."""
    old = owned.find_to_change(Activity, request.caller, activity_id)
    request.require_match(old)
    belongings.end(old)
    return no_content()


@app.get("/api/activities/<activity_id>/history", query=PageQuery, answer=HistoryRow, listed=True)
def list_activity_history(request: Request, activity_id: str, query: PageQuery) -> Answer:
    """What became of the activity: one row for each version, newest first."""
    rows = history.list_all(owned.find(Activity, request.caller, activity_id))
    return page(request, query, rows, history.rows)


handler = app
