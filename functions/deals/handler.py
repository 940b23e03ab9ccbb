"""/api/deals"""

from crm.deals import moves, service
from crm.deals.schemas import Deal, DealMove, DealQuery, DealWrite, StageStay
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


@app.post("/api/deals", body=DealWrite, answer=Deal)
def create_deal(request: Request, body: DealWrite) -> Answer:
    """Make a deal: in the first stage unless it says which, the caller's unless it says whose."""
    known = service.definitions(request.caller)
    deal = service.create(request.transaction, request.caller, request.new_id, body, known)
    return created(f"/api/deals/{deal.id}", deal, service.answer(deal, known))


@app.get("/api/deals", query=DealQuery, answer=Deal, listed=True)
def list_deals(request: Request, query: DealQuery) -> Answer:
    """The caller's deals: created, assigned, shared with their teams; all, for admins."""
    found = service.search(request.caller, query)
    return page(request, query, found, lambda entries: service.rows(request.caller, query, entries))


@app.get("/api/deals/<deal_id>", answer=Deal)
def read_deal(request: Request, deal_id: str) -> Answer:
    """One deal."""
    deal = owned.find(Deal, request.caller, deal_id)
    return ok(deal, service.answer(deal, service.definitions(request.caller)))


@app.put("/api/deals/<deal_id>", body=DealWrite, answer=Deal)
def replace_deal(request: Request, deal_id: str, body: DealWrite) -> Answer:
    """Change a deal as a whole. Another stage moves it."""
    old = owned.find_to_change(Deal, request.caller, deal_id)
    request.require_match(old)
    known = service.definitions(request.caller)
    custom = known.replace(body.custom_fields, old.custom_fields)
    new = service.update(request.transaction, request.caller, old, body, custom)
    return ok(new, service.answer(new, known))


@app.patch("/api/deals/<deal_id>", body=DealWrite, answer=Deal)
def update_deal(request: Request, deal_id: str, body: Patch[DealWrite]) -> Answer:
    """Change a deal in part. Another stage moves it."""
    old = owned.find_to_change(Deal, request.caller, deal_id)
    request.require_match(old)
    known = service.definitions(request.caller)
    new = service.patch(request.transaction, request.caller, old, body, known)
    return ok(new, service.answer(new, known))


@app.delete("/api/deals/<deal_id>")
def delete_deal(request: Request, deal_id: str) -> Answer:
    """Delete a deal with its activities and attachments."""
    old = owned.find_to_change(Deal, request.caller, deal_id)
    request.require_match(old)
    service.delete(old)
    return no_content()


@app.post("/api/deals/<deal_id>/move", body=DealMove, answer=Deal, status=200)
def move_deal(request: Request, deal_id: str, body: DealMove) -> Answer:
    """Move a deal to another stage of its pipeline. It leaves a Note, and a row of history."""
    old = owned.find_to_change(Deal, request.caller, deal_id)
    new = moves.move(request.transaction, request.caller, old, body.stage_id, body.note)
    return ok(new, service.answer(new, service.definitions(request.caller)))


@app.get("/api/deals/<deal_id>/stage-history", query=PageQuery, answer=StageStay, listed=True)
def list_stage_history(request: Request, deal_id: str, query: PageQuery) -> Answer:
    """The stages that the deal was in, and how long, the first one first."""
    stays = moves.history(owned.find(Deal, request.caller, deal_id))
    return page(request, query, stays, service.stays)


@app.get("/api/deals/<deal_id>/history", query=PageQuery, answer=HistoryRow, listed=True)
def list_deal_history(request: Request, deal_id: str, query: PageQuery) -> Answer:
    """What became of the deal: one row for each version, newest first."""
    rows = history.list_all(owned.find(Deal, request.caller, deal_id))
    return page(request, query, rows, history.rows)


handler = app
