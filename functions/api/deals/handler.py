"""/api/deals"""

from crm.http.app import App
from crm.http.pagination import page
from crm.http.record_routes import OwnedRoutes
from crm.http.request import Request
from crm.http.response import Response, ok
from crm.platform.fields import PageQuery
from crm.records import repository as owned
from crm.sales.deals import context, service, transitions
from crm.sales.deals.schemas import Deal, DealMove, StageHistoryEntry
from crm.sales.deals.service import DEALS

app = App()


OwnedRoutes(
    app,
    DEALS,
    summaries={
        "create": (
            "Make a deal: in the first stage unless it says which,"
            " the caller's unless it says whose."
        ),
        "replace": "Change a deal as a whole. Another stage moves it.",
        "update": "Change a deal in part. Another stage moves it.",
        "delete": "Delete a deal with its activities and attachments.",
    },
)


@app.post("/api/deals/<deal_id>/move", body=DealMove, answer=Deal, status=200)
def move_deal(request: Request, deal_id: str, body: DealMove) -> Response:
    """Move a deal to another stage of its pipeline. It leaves a Note, and a row of history."""
    known = DEALS.definitions(request.caller)
    around = context.DealContext(request.caller, moves=True)
    old = owned.find_to_change(Deal, request.caller, deal_id)
    request.require_match(old)
    new = transitions.transition(
        request.transaction, request.caller, old, body.stage_id, body.note, around
    )
    return ok(new, DEALS.answer(new, known))


@app.get(
    "/api/deals/<deal_id>/stage-history", query=PageQuery, answer=StageHistoryEntry, listed=True
)
def list_stage_history(request: Request, deal_id: str, query: PageQuery) -> Response:
    """The stages that the deal was in, and how long, the first one first."""
    return page(
        request,
        query,
        transitions.history(request.caller, deal_id),
        service.stage_history_rows,
        lambda: owned.find(Deal, request.caller, deal_id),
    )


handler = app
