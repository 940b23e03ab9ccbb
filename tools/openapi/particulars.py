"""Details of single operations that routes and models do not declare, keyed by operation.

A key that names no operation fails the generation, so that no entry outlives its operation.
"""

from typing import Any

from crm.platform.errors import (
    AlreadyConvertedError,
    ConflictError,
    CRMError,
    CustomFieldValidationError,
    DuplicateError,
    FileNotAvailableError,
    InUseError,
    InvalidStageTransitionError,
    LastAdminError,
    LimitExceededError,
    PermissionDeniedError,
    TooLargeError,
    VersionConflictError,
)

ERRORS: dict[str, tuple[type[CRMError], ...]] = {
    "add_contact_point": (DuplicateError,),
    "add_identifier": (DuplicateError,),
    "add_relationship": (CustomFieldValidationError, DuplicateError),
    "add_stage": (DuplicateError, LimitExceededError),
    "create_attachment": (DuplicateError, LimitExceededError, TooLargeError),
    "create_activity": (CustomFieldValidationError,),
    "cancel_export": (ConflictError,),
    "cancel_import": (ConflictError,),
    "convert_lead": (
        AlreadyConvertedError,
        InvalidStageTransitionError,
        LimitExceededError,
        VersionConflictError,
    ),
    "create_case": (CustomFieldValidationError,),
    "create_custom_field": (DuplicateError, LimitExceededError),
    "create_deal": (CustomFieldValidationError,),
    "create_erasure": (InUseError, LastAdminError),
    "create_entity": (CustomFieldValidationError,),
    "create_import": (ConflictError, PermissionDeniedError, TooLargeError),
    "create_lead": (CustomFieldValidationError,),
    "create_pipeline": (DuplicateError, LimitExceededError),
    "create_team": (DuplicateError,),
    "create_webhook_endpoint": (DuplicateError, LimitExceededError),
    "create_workflow_rule": (LimitExceededError,),
    "delete_pipeline": (InUseError,),
    "download_document": (FileNotAvailableError,),
    "download_export": (FileNotAvailableError,),
    "download_import_errors": (FileNotAvailableError,),
    "delete_entity": (InUseError,),
    "invite_member": (DuplicateError,),
    "list_attachments": (PermissionDeniedError,),
    "list_erasures": (PermissionDeniedError,),
    "list_webhook_endpoints": (PermissionDeniedError,),
    "list_workflow_executions": (PermissionDeniedError,),
    "merge_entities": (CustomFieldValidationError, VersionConflictError),
    "move_deal": (InvalidStageTransitionError, VersionConflictError),
    "read_activity_summary": (PermissionDeniedError,),
    "read_forecast": (PermissionDeniedError,),
    "read_pipeline_velocity": (PermissionDeniedError,),
    "read_timeline": (PermissionDeniedError,),
    "redeliver_webhook_delivery": (ConflictError,),
    "remove_member": (LastAdminError,),
    "remove_stage": (InUseError, InvalidStageTransitionError),
    "replace_activity": (CustomFieldValidationError,),
    "replace_case": (CustomFieldValidationError,),
    "replace_contact_point": (DuplicateError,),
    "replace_deal": (CustomFieldValidationError, InvalidStageTransitionError),
    "replace_entity": (CustomFieldValidationError,),
    "replace_identifier": (DuplicateError,),
    "replace_lead": (AlreadyConvertedError, CustomFieldValidationError),
    "replace_pipeline": (DuplicateError, InUseError, LimitExceededError),
    "replace_relationship": (CustomFieldValidationError, DuplicateError),
    "replace_stage": (DuplicateError, InUseError),
    "replace_team": (DuplicateError,),
    "replace_webhook_endpoint": (DuplicateError,),
    "replace_workflow_rule": (LimitExceededError,),
    "retry_workflow_execution": (ConflictError,),
    "update_activity": (CustomFieldValidationError,),
    "update_case": (CustomFieldValidationError,),
    "update_contact_point": (DuplicateError,),
    "update_deal": (CustomFieldValidationError, InvalidStageTransitionError),
    "update_entity": (CustomFieldValidationError,),
    "update_identifier": (DuplicateError,),
    "update_lead": (AlreadyConvertedError, CustomFieldValidationError),
    "update_member": (LastAdminError,),
    "update_pipeline": (DuplicateError, InUseError, LimitExceededError),
    "update_relationship": (CustomFieldValidationError, DuplicateError),
    "update_stage": (DuplicateError, InUseError),
    "update_team": (DuplicateError,),
    "update_workflow_rule": (LimitExceededError,),
    "update_webhook_endpoint": (DuplicateError,),
}
"""Errors that only the operation's service can raise."""

OPTIONAL_ORGANIZATION: dict[str, str] = {
    "delete_organization": "May be left out; if sent, it names the organization of the path.",
    "read_me": "With it the answer has also `role` and `teams`.",
    "read_organization": "May be left out; if sent, it names the organization of the path.",
    "update_organization": "May be left out; if sent, it names the organization of the path.",
}
"""Operations that work without an organization, and respect one that is named."""

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
"""Responses without a model: media type and schema."""

ALTERNATIVES: dict[str, tuple[str, dict[str, Any]]] = dict.fromkeys(
    ("read_activity_summary", "read_forecast", "read_pipeline_velocity"),
    ("image/svg+xml", {"type": "string"}),
)
"""Responses that replace the model if `Accept` requests them: media type and schema."""


def unknown(operations: set[str]) -> set[str]:
    """Return the keys that name no operation."""
    return ({*ERRORS, *OPTIONAL_ORGANIZATION, *CONTENT, *ALTERNATIVES}) - operations
