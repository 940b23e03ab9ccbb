"""/api/custom-fields"""

from crm.http.app import App
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.response import Response, created, no_content, ok
from crm.platform.merge_patch import Patch
from crm.records.custom_fields import service
from crm.records.custom_fields.schemas import CustomField, CustomFieldQuery, CustomFieldWrite

app = App()


@app.post("/api/custom-fields", body=CustomFieldWrite, answer=CustomField, only_stages=True)
def create_custom_field(request: Request, body: CustomFieldWrite) -> Response:
    """Add a field to all records of a type. Admins only.

    `choices` go with `choice` and `multi_choice`, which need them. `default_value` is what new
    records get that do not name the field.
    """
    made = service.create(request.transaction, request.caller, request.new_id, body)
    return created(f"/api/custom-fields/{made.id}", made, made.answer())


@app.get("/api/custom-fields", query=CustomFieldQuery, answer=CustomField, listed=True)
def list_custom_fields(request: Request, query: CustomFieldQuery) -> Response:
    """The organization's custom fields, newest first.

    Those of one `record_type` stand in their `display_order`; of equals, the oldest first.
    """
    return page(
        request,
        query,
        service.search(request.caller, query),
        lambda entries: service.rows(request.caller, entries),
    )


@app.get("/api/custom-fields/<custom_field_id>", answer=CustomField)
def read_custom_field(request: Request, custom_field_id: str) -> Response:
    """One custom field."""
    found = service.find(request.caller, custom_field_id)
    return ok(found, found.answer())


@app.put("/api/custom-fields/<custom_field_id>", body=CustomFieldWrite, answer=CustomField)
def replace_custom_field(
    request: Request, custom_field_id: str, body: CustomFieldWrite
) -> Response:
    """Change a custom field as a whole. Admins only.

    `record_type`, `field_name` and `field_type` must be given, and cannot change.
    """
    place = service.place(request.caller, custom_field_id, body)
    old = _to_change(request, custom_field_id)
    new = service.update(request.transaction, request.caller, old, body, place)
    return ok(new, new.answer())


@app.patch("/api/custom-fields/<custom_field_id>", body=CustomFieldWrite, answer=CustomField)
def update_custom_field(
    request: Request, custom_field_id: str, body: Patch[CustomFieldWrite]
) -> Response:
    """Change a custom field in part; `choices`, if named, as a whole. Admins only.

    `record_type`, `field_name` and `field_type` cannot change. Records keep a choice that is
    withdrawn; nobody can choose it anew.
    """
    old = _to_change(request, custom_field_id)
    whole = body.over(old)
    place = service.place(request.caller, custom_field_id, whole)
    new = service.update(request.transaction, request.caller, old, whole, place)
    return ok(new, new.answer())


@app.delete("/api/custom-fields/<custom_field_id>")
def delete_custom_field(request: Request, custom_field_id: str) -> Response:
    """Delete a custom field: its values are no longer shown. Admins only.

    A field that is made again with the same name and type shows them again.
    """
    old = _to_change(request, custom_field_id)
    service.delete(request.transaction, request.caller, old)
    return no_content()


def _to_change(request: Request, custom_field_id: str) -> CustomField:
    old = service.find(request.caller, custom_field_id)
    request.require_match(old)
    return old


handler = app
