"""/api/exports"""

from crm.administration.exports import service
from crm.administration.exports.schemas import Export, ExportCreate
from crm.http.app import App
from crm.http.job_routes import JobRoutes
from crm.http.request import Request
from crm.http.response import Response, redirect
from crm.jobs import service as jobs

app = App()


@app.post("/api/exports", body=ExportCreate, answer=Export)
def create_export(request: Request, body: ExportCreate) -> Response:
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
    return Response(201, job.answer(), {"Location": f"/api/exports/{job.id}"})


JobRoutes(
    app,
    Export,
    ("export", "exports"),
    {
        "list": "The caller's exports, newest first; all, for admins. They are kept for 30 days.",
        "read": "How far an export is.",
        "cancel": "End an export early. There will be no file.",
    },
    service.cancel,
)


@app.get("/api/exports/<export_id>/file", status=302)
def download_export(request: Request, export_id: str) -> Response:
    """Go to the file, by an address good for five minutes. It is kept for seven days."""
    return redirect(service.link(jobs.find(Export, request.caller, export_id)))


handler = app
