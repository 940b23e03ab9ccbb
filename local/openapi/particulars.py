"""What neither routes nor models say of single operations. Keyed by operation: a key that names
none fails the generation, so that nothing here outlives its operation."""

from typing import Any

from crm.errors import (
    CRMError,
    CustomFieldValidationError,
    DuplicateError,
    FileNotAvailableError,
    LastAdminError,
    LimitExceededError,
)

ERRORS: dict[str, tuple[type[CRMError], ...]] = {
    "add_contact_point": (DuplicateError,),
    "add_identifier": (DuplicateError,),
    "add_relationship": (CustomFieldValidationError, DuplicateError),
    "create_custom_field": (DuplicateError, LimitExceededError),
    "create_entity": (CustomFieldValidationError,),
    "create_team": (DuplicateError,),
    "download_document": (FileNotAvailableError,),
    "invite_member": (DuplicateError,),
    "merge_entities": (CustomFieldValidationError,),
    "remove_member": (LastAdminError,),
    "replace_contact_point": (DuplicateError,),
    "replace_entity": (CustomFieldValidationError,),
    "replace_identifier": (DuplicateError,),
    "replace_relationship": (CustomFieldValidationError, DuplicateError),
    "replace_team": (DuplicateError,),
    "update_contact_point": (DuplicateError,),
    "update_entity": (CustomFieldValidationError,),
    "update_identifier": (DuplicateError,),
    "update_member": (LastAdminError,),
    "update_relationship": (CustomFieldValidationError, DuplicateError),
    "update_team": (DuplicateError,),
}
"""Errors that only the operation's service knows."""

OPTIONAL_ORGANIZATION: dict[str, str] = {
    "read_me": "With it the answer has also `role` and `teams`.",
    "read_organization": "May be left out; if sent, it names the organization of the path.",
    "update_organization": "May be left out; if sent, it names the organization of the path.",
}
"""Operations that work without an organization, and heed one that is named."""

CONTENT: dict[str, tuple[str, dict[str, Any]]] = {
    "read_docs": ("text/html", {"type": "string"}),
    "read_health": (
        "application/json",
        {
            "type": "object",
            "properties": {"status": {"type": "string", "const": "ok"}},
            "required": ["status"],
        },
    ),
    "read_openapi": ("application/json", {"type": "object"}),
}
"""Answers that have no model: media type and schema."""


def unknown(operations: set[str]) -> set[str]:
    """The keys here that name no operation."""
    return ({*ERRORS, *OPTIONAL_ORGANIZATION, *CONTENT}) - operations
