"""/api/leads"""

from crm.http.app import App
from crm.http.record_routes import OwnedRoutes
from crm.http.request import Request
from crm.http.response import Response, ok
from crm.records import repository as owned
from crm.sales.leads import conversion
from crm.sales.leads.schemas import Conversion, Lead, LeadConvert
from crm.sales.leads.service import LEADS

app = App()

OwnedRoutes(
    app,
    LEADS,
    summaries={
        "create": "Make a lead, the caller's unless it says whose.",
        "replace": "Change a lead as a whole, unless it has been converted.",
        "update": "Change a lead in part, a converted one all but its status.",
        "delete": (
            "Delete a lead with its activities and attachments. What it was converted into stays."
        ),
    },
)


@app.post("/api/leads/<lead_id>/convert", body=LeadConvert, answer=Conversion, status=200)
def convert_lead(request: Request, lead_id: str, body: LeadConvert) -> Response:
    """Make a contact of a lead, an account if it names an organization, and a deal if asked for.

    An account of the same name that the caller may change is used instead of a new one. The
    lead's activities and attachments come along: to the deal if there is one, else the contact.
    """
    known = LEADS.definitions(request.caller)
    around = conversion.ConversionContext(request.caller, body)
    old = owned.find_to_change(Lead, request.caller, lead_id)
    request.require_match(old)
    made = conversion.convert(request.transaction, request.caller, old, body, around)
    return ok(made.lead, {**made.model_dump(), "lead": LEADS.answer(made.lead, known)})


handler = app
