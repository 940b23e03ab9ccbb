"""The hierarchy of errors.

CRMError
├── InvalidRequestError                400  invalid_request
│   ├── InvalidBodyError                    invalid_body
│   ├── UnknownParameterError               unknown_parameter
│   ├── BadCursorError                      bad_cursor
│   └── OrganizationRequiredError           organization_required
├── AuthenticationError                401  unauthenticated
├── PermissionDeniedError              403  permission_denied
│   └── NotAMemberError                     not_a_member
├── NotFoundError                      404  not_found
├── MethodNotAllowedError              405  method_not_allowed
├── ConflictError                      409  conflict
│   ├── DuplicateError                      duplicate
│   ├── LimitExceededError                  limit_exceeded
│   ├── LastAdminError                      last_admin
│   ├── InUseError                          in_use
│   ├── InvalidStageTransitionError         invalid_stage_transition
│   ├── AlreadyConvertedError               already_converted
│   ├── FileNotAvailableError               file_not_available
│   └── IdempotencyInProgressError          idempotency_in_progress
├── VersionConflictError               412  version_conflict
├── TooLargeError                      413  too_large
├── UnsupportedMediaTypeError          415  unsupported_media_type
├── ValidationFailedError              422  validation_failed
│   ├── CustomFieldValidationError          custom_field_invalid
│   └── IdempotencyKeyReusedError           idempotency_key_reused
├── RateLimitedError                   429  rate_limited
└── UnavailableError                   503  unavailable

The HTTP contract defines the statuses (RFC 9457 problem documents); the domain only chooses the
class.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """The error of one field of a request.

    Attributes:
        field: dotted path of the field, such as `file.size`.
        message: one sentence for the user.
    """

    field: str
    message: str


class CRMError(Exception):
    """Base class of all errors that a response may report to a client.

    Args:
        detail: one sentence about this occurrence; it never contains stored data.
        errors: the errors of fields, if any.
        headers: response headers that belong to the error, such as `Retry-After`.
    """

    status = 500
    code = "internal_error"
    title = "Internal error"

    def __init__(
        self,
        detail: str = "",
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


class InvalidRequestError(CRMError):
    status, code, title = 400, "invalid_request", "Invalid request"


class InvalidBodyError(InvalidRequestError):
    code, title = "invalid_body", "The body cannot be read"


class UnknownParameterError(InvalidRequestError):
    code, title = "unknown_parameter", "Unknown query parameter"


class BadCursorError(InvalidRequestError):
    code, title = "bad_cursor", "This cursor cannot be followed"


class OrganizationRequiredError(InvalidRequestError):
    code, title = "organization_required", "The organization-id header is missing or malformed"


class AuthenticationError(CRMError):
    status, code, title = 401, "unauthenticated", "An access token is required"


class PermissionDeniedError(CRMError):
    status, code, title = 403, "permission_denied", "This is not yours to see or change"


class NotAMemberError(PermissionDeniedError):
    code, title = "not_a_member", "You are not an active member of this organization"


class NotFoundError(CRMError):
    status, code, title = 404, "not_found", "Not found"


class MethodNotAllowedError(CRMError):
    status, code, title = 405, "method_not_allowed", "Method not allowed"


class ConflictError(CRMError):
    status, code, title = 409, "conflict", "Conflict"


class DuplicateError(ConflictError):
    code, title = "duplicate", "Already exists"


class LimitExceededError(ConflictError):
    code, title = "limit_exceeded", "Limit exceeded"


class LastAdminError(ConflictError):
    code, title = "last_admin", "An organization keeps at least one active admin"


class InUseError(ConflictError):
    code, title = "in_use", "Something else still needs this"


class InvalidStageTransitionError(ConflictError):
    code, title = "invalid_stage_transition", "The deal cannot move to this stage"


class AlreadyConvertedError(ConflictError):
    code, title = "already_converted", "The lead has been converted"


class FileNotAvailableError(ConflictError):
    code, title = "file_not_available", "The file is not available"


class IdempotencyInProgressError(ConflictError):
    code, title = "idempotency_in_progress", "The first request with this key is still running"


class VersionConflictError(CRMError):
    status, code, title = 412, "version_conflict", "The record has changed"


class TooLargeError(CRMError):
    status, code, title = 413, "too_large", "Too large"


class UnsupportedMediaTypeError(CRMError):
    status, code, title = 415, "unsupported_media_type", "Unsupported media type"


class ValidationFailedError(CRMError):
    status, code, title = 422, "validation_failed", "Validation failed"

    @classmethod
    def of(cls, field: str, message: str) -> "ValidationFailedError":
        """Return the error of one field.

        Args:
            field: dotted path of the field.
            message: description of the error.
        """
        return cls(f"{field}: {message}", [FieldError(field, message)])


class CustomFieldValidationError(ValidationFailedError):
    code, title = "custom_field_invalid", "Custom fields cannot be accepted"


class IdempotencyKeyReusedError(ValidationFailedError):
    code, title = "idempotency_key_reused", "This Idempotency-Key came with another body before"


class RateLimitedError(CRMError):
    """The caller has sent too many requests; the same request may succeed later."""

    status, code, title = 429, "rate_limited", "Too many requests"

    def __init__(self, detail: str = "", retry_after_seconds: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_seconds)})


class UnavailableError(CRMError):
    """An AWS service is overloaded or unreachable; the same request may succeed later."""

    status, code, title = 503, "unavailable", "Temporarily unavailable"

    def __init__(self, detail: str = "", retry_after_seconds: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_seconds)})
