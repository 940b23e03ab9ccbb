"""/api/exports"""

from crm.exports import service
from crm.exports.schemas import Export, ExportCreate
from crm.fields import PageQuery
from crm.web.answer import Answer, redirect
from crm.web.app import App
from crm.web.paging import page
from crm.web.request import Request

app = App()


@app.post("/api/exports", body=ExportCreate, answer=Export)
def create_export(request: Request, body: ExportCreate) -> Answer:
    """Begin an export: what the caller may see of a list becomes a file.

    CSV can be imported again; JSON lines hold one answer of the API each. Entities come with their
    identifiers, contact points, addresses and, as JSON lines, relationships. With `record_type:
    organization`, all that the organization has becomes a zip file, which an import takes into an
    empty one. Admins only.
    """
    job = service.create(
        request.transaction,
        request.caller,
        request.identity.is_super_admin,
        request.new_id,
        body,
    )
    return Answer(201, job.answer(), {"Location": f"/api/exports/{job.id}"})


@app.get("/api/exports", query=PageQuery, answer=Export, listed=True)
def list_exports(request: Request, query: PageQuery) -> Answer:
    """The caller's exports, newest first; all, for admins. They are kept for 30 days."""
    found = service.list_all(request.caller)
    return page(request, query, found, lambda entries: service.rows(request.caller, entries))


@app.get("/api/exports/<export_id>", answer=Export)
def read_export(request: Request, export_id: str) -> Answer:
    """How far an export is."""
    return Answer(200, service.find(request.caller, export_id).answer())


@app.post("/api/exports/<export_id>/cancel", answer=Export, status=200)
def cancel_export(request: Request, export_id: str) -> Answer:
    """End an export early. There will be no file."""
    job = service.find(request.caller, export_id)
    return Answer(200, service.cancel(job).answer())


@app.get("/api/exports/<export_id>/file", status=302)
def download_export(request: Request, export_id: str) -> Answer:
    """Go to the file, by an address good for five minutes. It is kept for seven days."""
    return redirect(service.link(service.find(request.caller, export_id)))


handler = app
