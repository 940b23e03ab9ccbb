"""/api/imports"""

from crm.administration.imports import service
from crm.administration.imports.schemas import Import, ImportCreate, ImportCreated
from crm.http.app import App
from crm.http.job_routes import JobRoutes
from crm.http.request import Request
from crm.http.response import Response, redirect
from crm.jobs import service as jobs

app = App()


@app.post("/api/imports", body=ImportCreate, answer=ImportCreated)
def create_import(request: Request, body: ImportCreate) -> Response:
    """Begin an import: upload the CSV file with `upload`, and its rows become records.

    Columns are matched by name, also by the names that exports of Google, Outlook and HubSpot
    have; `mapping` says what the others are. A row fails alone. With `record_type: organization`,
    an export of a whole organization is taken into an empty one. Admins only.
    """
    job, upload = service.create(
        request.transaction,
        request.caller,
        request.identity.is_super_admin,
        request.new_id,
        body,
    )
    whole = {**job.answer(), "upload": upload.model_dump()}
    return Response(201, whole, {"Location": f"/api/imports/{job.id}"})


JobRoutes(
    app,
    Import,
    ("import", "imports"),
    {
        "list": "The caller's imports, newest first; all, for admins. They are kept for 30 days.",
        "read": "How far an import is.",
        "cancel": "End an import early. What it has written stays.",
    },
    jobs.cancel,
)


@app.get("/api/imports/<import_id>/errors", status=302)
def download_import_errors(request: Request, import_id: str) -> Response:
    """The rows that failed, each with what is wrong with it: `line,field,message`, and the row."""
    return redirect(service.errors_link(jobs.find(Import, request.caller, import_id)))


handler = app
