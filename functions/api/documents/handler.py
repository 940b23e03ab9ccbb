"""/api/documents"""

from crm.http.app import App
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.response import Response, created, no_content, ok, redirect
from crm.platform.fields import PageQuery
from crm.platform.merge_patch import Patch
from crm.platform.s3.upload_schemas import FileDeclaration
from crm.records.history import service as history
from crm.records.history.schemas import HistoryRow
from crm.related.documents import files, service
from crm.related.documents.lists import search
from crm.related.documents.schemas import (
    Document,
    DocumentCreate,
    DocumentCreated,
    DocumentDetail,
    DocumentForm,
    DocumentQuery,
    DocumentReplace,
    DocumentRow,
    FileVersion,
)

app = App()


@app.post("/api/documents", body=DocumentCreate, form_body=DocumentForm, answer=DocumentCreated)
def create_document(request: Request, body: DocumentCreate | DocumentForm) -> Response:
    """Make a document: by JSON, then upload the file with `upload`; or by a form with the file."""
    work, caller, document_id = request.transaction, request.caller, request.new_id
    location = f"/api/documents/{document_id}"
    if isinstance(body, DocumentForm):
        document = service.create_with_file(work, caller, document_id, body)
        return created(location, document, service.row_of(caller, document))
    document, upload = service.create(work, caller, document_id, body)
    row = service.row_of(caller, document)
    return created(location, document, {**row, "upload": upload.model_dump()})


@app.get("/api/documents", query=DocumentQuery, answer=DocumentRow, listed=True)
def list_documents(request: Request, query: DocumentQuery) -> Response:
    """The caller's documents, or a record's: their own and their teams'; all, for admins."""
    through = service.sees_related(request.caller, query)
    return page(
        request,
        query,
        search(request.caller, query, through_record=through),
        lambda entries: service.rows(request.caller, query, entries, through_record=through),
    )


@app.get("/api/documents/<document_id>", answer=DocumentDetail)
def read_document(request: Request, document_id: str) -> Response:
    """One document, with the teams that it is shared with and who made it."""
    document = service.find(request.caller, document_id)
    return ok(document, service.detail(request.caller, document))


@app.put("/api/documents/<document_id>", body=DocumentReplace, answer=DocumentRow)
def replace_document(request: Request, document_id: str, body: DocumentReplace) -> Response:
    """Change title, status and sharing as a whole. Its creator and admins."""
    return _update(request, document_id, body)


@app.patch("/api/documents/<document_id>", body=DocumentReplace, answer=DocumentRow)
def update_document(request: Request, document_id: str, body: Patch[DocumentReplace]) -> Response:
    """Change title, status or sharing. Its creator and admins."""
    return _update(request, document_id, body)


@app.delete("/api/documents/<document_id>")
def delete_document(request: Request, document_id: str) -> Response:
    """Delete a document with all its files and attachments. Its creator and admins."""
    times_attached = service.times_attached(request.caller, document_id)
    old = service.find_to_change(request.caller, document_id)
    request.require_match(old)
    service.delete(old, times_attached())
    return no_content()


@app.get("/api/documents/<document_id>/file", status=302)
def download_document(request: Request, document_id: str) -> Response:
    """Go to the present file, as an attachment, by an address good for five minutes."""
    return redirect(files.link(service.find(request.caller, document_id)))


@app.post("/api/documents/<document_id>/file", body=FileDeclaration, answer=DocumentCreated)
def replace_file(request: Request, document_id: str, body: FileDeclaration) -> Response:
    """Upload a new file; the present one stays readable until the new one is accepted."""
    old = service.find_to_change(request.caller, document_id)
    document, upload = service.replace_file(request.transaction, request.caller, old, body)
    return created(
        document.document_file,
        document,
        {**service.row_of(request.caller, document), "upload": upload.model_dump()},
    )


@app.get("/api/documents/<document_id>/versions", query=PageQuery, answer=FileVersion, listed=True)
def list_versions(request: Request, document_id: str, query: PageQuery) -> Response:
    """The files that the document shows or showed, newest first."""
    return page(
        request,
        query,
        files.versions(request.caller, document_id),
        lambda items: [FileVersion.model_validate(item).model_dump() for item in items],
        lambda: service.find(request.caller, document_id),
    )


@app.get("/api/documents/<document_id>/versions/<n>/file", status=302)
def download_version(request: Request, document_id: str, n: str) -> Response:
    """Go to an earlier file, as an attachment, by an address good for five minutes."""
    return redirect(service.link_of_version(request.caller, document_id, int(n)))


@app.get("/api/documents/<document_id>/history", query=PageQuery, answer=HistoryRow, listed=True)
def list_document_history(request: Request, document_id: str, query: PageQuery) -> Response:
    """What became of the document: one row for each version, newest first."""
    return page(
        request,
        query,
        history.list_all(Document, request.caller.organization_id, document_id),
        history.rows,
        lambda: service.find(request.caller, document_id),
    )


def _update(
    request: Request, document_id: str, body: DocumentReplace | Patch[DocumentReplace]
) -> Response:
    old = service.find_to_change(request.caller, document_id)
    request.require_match(old)
    whole = body.over(old) if isinstance(body, Patch) else body
    new = service.update(request.transaction, request.caller, old, whole)
    return ok(new, service.row_of(request.caller, new))


handler = app
