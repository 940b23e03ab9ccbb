"""/api/leads"""

from crm.fields import PageQuery
from crm.history import service as history
from crm.history.schemas import HistoryRow
from crm.leads import conversion, service
from crm.leads.schemas import Conversion, Lead, LeadConvert, LeadQuery, LeadWrite
from crm.owned import belongings
from crm.owned import service as owned
from crm.patch import Patch
from crm.web.answer import Answer, created, no_content, ok
from crm.web.app import App
from crm.web.paging import page
from crm.web.request import Request

app = App()


@app.post("/api/leads", body=LeadWrite, answer=Lead)
def create_lead(request: Request, body: LeadWrite) -> Answer:
    """Make a lead, the caller's unless it says whose."""
    known = service.definitions(request.caller)
    lead = service.create(request.transaction, request.caller, request.new_id, body, known)
    return created(f"/api/leads/{lead.id}", lead, service.answer(lead, known))


@app.get("/api/leads", query=LeadQuery, answer=Lead, listed=True)
def list_leads(request: Request, query: LeadQuery) -> Answer:
    """The caller's leads: created, assigned, shared with their teams; all, for admins."""
    found = service.search(request.caller, query)
    return page(request, query, found, lambda entries: service.rows(request.caller, query, entries))


@app.get("/api/leads/<lead_id>", answer=Lead)
def read_lead(request: Request, lead_id: str) -> Answer:
    """One lead."""
    lead = owned.find(Lead, request.caller, lead_id)
    return ok(lead, service.answer(lead, service.definitions(request.caller)))


@app.put("/api/leads/<lead_id>", body=LeadWrite, answer=Lead)
def replace_lead(request: Request, lead_id: str, body: LeadWrite) -> Answer:
    """Change a lead as a whole, unless it has been converted."""
    old = owned.find_to_change(Lead, request.caller, lead_id)
    request.require_match(old)
    known = service.definitions(request.caller)
    custom = known.replace(body.custom_fields, old.custom_fields)
    new = service.update(request.transaction, request.caller, old, body, custom)
    return ok(new, service.answer(new, known))


@app.patch("/api/leads/<lead_id>", body=LeadWrite, answer=Lead)
def update_lead(request: Request, lead_id: str, body: Patch[LeadWrite]) -> Answer:
    """Change a lead in part, a converted one all but its status."""
    old = owned.find_to_change(Lead, request.caller, lead_id)
    request.require_match(old)
    known = service.definitions(request.caller)
    new = service.patch(request.transaction, request.caller, old, body, known)
    return ok(new, service.answer(new, known))


@app.delete("/api/leads/<lead_id>")
def delete_lead(request: Request, lead_id: str) -> Answer:
    """Delete a lead with its activities and attachments. What it was converted into stays."""
    old = owned.find_to_change(Lead, request.caller, lead_id)
    request.require_match(old)
    belongings.end(old)
    return no_content()


@app.post("/api/leads/<lead_id>/convert", body=LeadConvert, answer=Conversion, status=200)
def convert_lead(request: Request, lead_id: str, body: LeadConvert) -> Answer:
    """Make a contact of a lead, an account if it names an organization, and a deal if asked for.

    An account of the same name that the caller may change is used instead of a new one. The
    lead's activities and attachments come along: to the deal if there is one, else the contact.
    """
    old = owned.find_to_change(Lead, request.caller, lead_id)
    made = conversion.convert(request.transaction, request.caller, old, body)
    known = service.definitions(request.caller)
    return ok(made.lead, {**made.model_dump(), "lead": service.answer(made.lead, known)})


@app.get("/api/leads/<lead_id>/history", query=PageQuery, answer=HistoryRow, listed=True)
def list_lead_history(request: Request, lead_id: str, query: PageQuery) -> Answer:
    """What became of the lead: one row for each version, newest first."""
    rows = history.list_all(owned.find(Lead, request.caller, lead_id))
    return page(request, query, rows, history.rows)


handler = app
