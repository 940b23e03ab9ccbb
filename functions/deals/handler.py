"""/api/deals"""

from crm.deals import moves, service
from crm.deals.schemas import Deal, DealMove, DealQuery, DealWrite, StageStay
from crm.fields import PageQuery
from crm.owned import service as owned
from crm.web.answer import Answer, ok
from crm.web.app import App
from crm.web.owned import OwnedRoutes
from crm.web.paging import page
from crm.web.request import Request

app = App()

OwnedRoutes(
    app,
    service,
    Deal,
    ("deal", "deals"),
    body=DealWrite,
    query=DealQuery,
    answer=Deal,
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
def move_deal(request: Request, deal_id: str, body: DealMove) -> Answer:
    """Move a deal to another stage of its pipeline. It leaves a Note, and a row of history."""
    known = service.definitions(request.caller)
    old = owned.find_to_change(Deal, request.caller, deal_id)
    new = moves.move(request.transaction, request.caller, old, body.stage_id, body.note)
    return ok(new, service.answer(new, known))


@app.get("/api/deals/<deal_id>/stage-history", query=PageQuery, answer=StageStay, listed=True)
def list_stage_history(request: Request, deal_id: str, query: PageQuery) -> Answer:
    """The stages that the deal was in, and how long, the first one first."""
    stays = moves.history(owned.find(Deal, request.caller, deal_id))
    return page(request, query, stays, service.stays)


handler = app
