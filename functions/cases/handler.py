"""/api/cases"""

from crm.cases import service
from crm.cases.schemas import Case, CaseQuery, CaseWrite
from crm.fields import PageQuery
from crm.history import service as history
from crm.history.schemas import HistoryRow
from crm.owned import service as owned
from crm.patch import Patch
from crm.web.answer import Answer, created, no_content, ok
from crm.web.app import App
from crm.web.paging import page
from crm.web.request import Request

app = App()


@app.post("/api/cases", body=CaseWrite, answer=Case)
def create_case(request: Request, body: CaseWrite) -> Answer:
    """Make a case, the caller's unless it says whose."""
    known = service.definitions(request.caller)
    case = service.create(request.transaction, request.caller, request.new_id, body, known)
    return created(f"/api/cases/{case.id}", case, service.answer(case, known))


@app.get("/api/cases", query=CaseQuery, answer=Case, listed=True)
def list_cases(request: Request, query: CaseQuery) -> Answer:
    """The caller's cases: created, assigned, shared with their teams; all, for admins."""
    found = service.search(request.caller, query)
    return page(request, query, found, lambda entries: service.rows(request.caller, query, entries))


@app.get("/api/cases/<case_id>", answer=Case)
def read_case(request: Request, case_id: str) -> Answer:
    """One case."""
    case = owned.find(Case, request.caller, case_id)
    return ok(case, service.answer(case, service.definitions(request.caller)))


@app.put("/api/cases/<case_id>", body=CaseWrite, answer=Case)
def replace_case(request: Request, case_id: str, body: CaseWrite) -> Answer:
    """Change a case as a whole. Its status says whether it is closed."""
    old = owned.find_to_change(Case, request.caller, case_id)
    request.require_match(old)
    known = service.definitions(request.caller)
    custom = known.replace(body.custom_fields, old.custom_fields)
    new = service.update(request.transaction, request.caller, old, body, custom)
    return ok(new, service.answer(new, known))


@app.patch("/api/cases/<case_id>", body=CaseWrite, answer=Case)
def update_case(request: Request, case_id: str, body: Patch[CaseWrite]) -> Answer:
    """Change a case in part. Its status says whether it is closed."""
    old = owned.find_to_change(Case, request.caller, case_id)
    request.require_match(old)
    known = service.definitions(request.caller)
    new = service.patch(request.transaction, request.caller, old, body, known)
    return ok(new, service.answer(new, known))


@app.delete("/api/cases/<case_id>")
def delete_case(request: Request, case_id: str) -> Answer:
    """Delete a case with its activities and attachments."""
    old = owned.find_to_change(Case, request.caller, case_id)
    request.require_match(old)
    service.delete(old)
    return no_content()


@app.get("/api/cases/<case_id>/history", query=PageQuery, answer=HistoryRow, listed=True)
def list_case_history(request: Request, case_id: str, query: PageQuery) -> Answer:
    """What became of the case: one row for each version, newest first."""
    rows = history.list_all(owned.find(Case, request.caller, case_id))
    return page(request, query, rows, history.rows)


handler = app
