"""/api/erasures"""

from crm.erasures import service
from crm.erasures.schemas import Erasure, ErasureCreate
from crm.fields import PageQuery
from crm.web.answer import Answer
from crm.web.app import App
from crm.web.paging import page
from crm.web.request import Request

app = App()


@app.post("/api/erasures", body=ErasureCreate, answer=Erasure)
def create_erasure(request: Request, body: ErasureCreate) -> Answer:
    """Erase all that is held of one person. Admins only; it cannot be undone.

    With the answer the record is deleted, as by its own DELETE. Then goes what that leaves behind:
    histories, what rules did, notifications and deliveries, versions of files, answers to
    Idempotency-Keys, and all files of the organization's exports and imports. An entity goes with
    those that were merged with it. Of a member, name and address go; what they made keeps the
    bare user id, and whoever is in no other organization loses their account.
    """
    job = service.create(
        request.transaction,
        request.caller,
        request.identity.is_super_admin,
        request.new_id,
        body,
    )
    return Answer(201, job.answer(), {"Location": f"/api/erasures/{job.id}"})


@app.get("/api/erasures", query=PageQuery, answer=Erasure, listed=True)
def list_erasures(request: Request, query: PageQuery) -> Answer:
    """The organization's erasures, newest first. Admins only. They are kept for 30 days."""
    found = service.list_all(request.caller)
    return page(request, query, found, lambda entries: service.rows(request.caller, entries))


@app.get("/api/erasures/<erasure_id>", answer=Erasure)
def read_erasure(request: Request, erasure_id: str) -> Answer:
    """How far an erasure is. Admins only."""
    return Answer(200, service.find(request.caller, erasure_id).answer())


handler = app
