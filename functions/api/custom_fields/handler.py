"""/api/custom-fields"""

from typing import Any

from crm.http.app import App
from crm.http.resource_routes import ResourceRoutes
from crm.records.custom_fields import service
from crm.records.custom_fields.schemas import CustomField, CustomFieldQuery, CustomFieldWrite
from crm.tenancy.permissions import Caller

app = App()


class CustomFieldRoutes(ResourceRoutes[CustomField, CustomFieldWrite]):
    """Routes of custom fields: the last place is read in parallel to the field."""

    def read_ahead(self, caller: Caller, record_id: str, body: CustomFieldWrite) -> tuple[Any, ...]:
        return (service.place(caller, record_id, body),)


CustomFieldRoutes(
    app,
    service,
    CustomField,
    body=CustomFieldWrite,
    query=CustomFieldQuery,
    only_stages=True,
    summaries={
        "create": """Add a field to all records of a type. Admins only.

            `choices` go with `choice` and `multi_choice`, which need them. `default_value` is what
            new records get that do not name the field.
            """,
        "list": """The organization's custom fields, newest first.

            Those of one `record_type` stand in their `display_order`; of equals, the oldest first.
            """,
        "read": "One custom field.",
        "replace": """Change a custom field as a whole. Admins only.

            `record_type`, `field_name` and `field_type` must be given, and cannot change.
            """,
        "update": """Change a custom field in part; `choices`, if named, as a whole. Admins only.

            `record_type`, `field_name` and `field_type` cannot change. Records keep a choice that
            is withdrawn; nobody can choose it anew.
            """,
        "delete": """Delete a custom field: its values are no longer shown. Admins only.

            A field that is made again with the same name and type shows them again.
            """,
    },
)

handler = app
