"""/api/attachments"""

from crm.http.app import App
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.response import Response, created, no_content, ok
from crm.platform.merge_patch import Patch
from crm.related.documents import attachments
from crm.related.documents.attachment_schemas import (
    AttachmentAnswer,
    AttachmentCreate,
    AttachmentCreated,
    AttachmentQuery,
    AttachmentWrite,
)

app = App()


@app.post("/api/attachments", body=AttachmentCreate, answer=AttachmentCreated)
def create_attachment(request: Request, body: AttachmentCreate) -> Response:
    """Attach a document to a record; or a new file, to be uploaded with `upload`."""
    attachment, answer = attachments.create(
        request.transaction, request.caller, request.new_id, body
    )
    return created(f"/api/attachments/{attachment.id}", attachment, answer)


@app.get("/api/attachments", query=AttachmentQuery, answer=AttachmentAnswer, listed=True)
def list_attachments(request: Request, query: AttachmentQuery) -> Response:
    """What is attached to a record, newest first. Whoever may see the record."""
    return page(
        request,
        query,
        attachments.list_all(request.caller, query),
        lambda entries: attachments.rows(request.caller, query, entries),
        lambda: attachments.require_listable(request.caller, query),
    )


@app.get("/api/attachments/<attachment_id>", answer=AttachmentAnswer)
def read_attachment(request: Request, attachment_id: str) -> Response:
    """One attachment, with its document if the caller may see that now."""
    attachment, document = attachments.find(request.caller, attachment_id)
    return ok(attachment, attachments.answer(request.caller, attachment, document))


@app.put("/api/attachments/<attachment_id>", body=AttachmentWrite, answer=AttachmentAnswer)
def replace_attachment(request: Request, attachment_id: str, body: AttachmentWrite) -> Response:
    """Change the description. What hangs where stays as it is."""
    return _update(request, attachment_id, body)


@app.patch("/api/attachments/<attachment_id>", body=AttachmentWrite, answer=AttachmentAnswer)
def update_attachment(
    request: Request, attachment_id: str, body: Patch[AttachmentWrite]
) -> Response:
    """Change the description, if it is named. What hangs where stays as it is."""
    return _update(request, attachment_id, body)


@app.delete("/api/attachments/<attachment_id>")
def delete_attachment(request: Request, attachment_id: str) -> Response:
    """Take a document off a record. The document stays its creator's."""
    old = attachments.find_to_delete(request.caller, attachment_id)
    request.require_match(old)
    attachments.delete(request.transaction, old)
    return no_content()


def _update(
    request: Request, attachment_id: str, body: AttachmentWrite | Patch[AttachmentWrite]
) -> Response:
    old, document = attachments.find_to_change(request.caller, attachment_id)
    request.require_match(old)
    whole = body.over(old) if isinstance(body, Patch) else body
    new = attachments.update(request.transaction, request.caller, old, whole)
    return ok(new, attachments.answer(request.caller, new, document))


handler = app
