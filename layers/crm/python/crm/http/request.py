"""An HTTP request, as route functions read it."""

import base64
import binascii
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel

from crm.http import identity
from crm.platform import ids, json
from crm.platform.dynamodb.keys import NO_ORGANIZATION
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import (
    InvalidBodyError,
    InvalidRequestError,
    OrganizationRequiredError,
    TooLargeError,
    UnknownParameterError,
    UnsupportedMediaTypeError,
    ValidationFailedError,
    VersionConflictError,
)
from crm.platform.validation import validate
from crm.tenancy.members import service as members
from crm.tenancy.permissions import Caller

MAX_JSON_BYTES = 2 * 1024 * 1024
"""Larger than any body whose fields all have their maximum length."""

MAX_PARAMETERS = 50

_ENTITY_TAG = re.compile(r'(?:W/)?"[^"]*"')

Model = TypeVar("Model", bound=BaseModel)


class Request:
    """A request in API Gateway's payload format 2.0.

    Args:
        event: the event; its path has no trailing slash.
        in_organization: the route works in the organization that the header names.
    """

    def __init__(self, event: Mapping[str, Any], *, in_organization: bool) -> None:
        self._event = event
        self._in_organization = in_organization
        self.transaction = Transaction()

    def begin_again(self) -> None:
        """Discard the staged writes and the caller, whose membership may have changed too.

        A caller who was removed since then must not overwrite later writes.
        """
        self.transaction = Transaction()
        self.__dict__.pop("caller", None)

    @property
    def path(self) -> str:
        return str(self._event["rawPath"])

    @property
    def request_id(self) -> str:
        return str(self._event["requestContext"].get("requestId", ""))

    @property
    def method(self) -> str:
        return str(self._event["requestContext"]["http"]["method"]).upper()

    def header(self, name: str) -> str | None:
        """Return a header's value; API Gateway lower-cases the names."""
        value = self._event.get("headers", {}).get(name)
        return None if value is None else str(value)

    @cached_property
    def new_id(self) -> str:
        """The id of the record that this request creates, the same in each attempt."""
        return ids.new_id()

    @cached_property
    def identity(self) -> identity.Identity:
        return identity.from_event(self._event)

    def authenticate(self) -> None:
        """Verify the caller, and their membership of the route's organization.

        Raises:
            AuthenticationError: The request has no access token.
            OrganizationRequiredError: The header is missing or malformed.
            NotAMemberError: The caller is no member of the organization.
        """
        _ = self.identity
        if self._in_organization:
            _ = self.caller

    @property
    def scope(self) -> str:
        """The organization of the request, or a placeholder if it has none."""
        return self.caller.organization_id if self._in_organization else NO_ORGANIZATION

    @property
    def known_organization(self) -> str | None:
        """The organization whose member the caller was found to be, for the log."""
        caller: Caller | None = self.__dict__.get("caller")
        return caller.organization_id if caller else None

    @property
    def organization_header(self) -> str | None:
        """The organization that the header names.

        Raises:
            OrganizationRequiredError: The header is present and malformed.
        """
        value = self.header("organization-id")
        if value is not None and not ids.is_id(value.lower()):
            raise OrganizationRequiredError
        return value.lower() if value is not None else None

    @cached_property
    def caller(self) -> Caller:
        """The caller, in the organization that the header names.

        Raises:
            OrganizationRequiredError: The header is missing or malformed.
            NotAMemberError: The caller is no member of the organization.
        """
        if self.organization_header is None:
            raise OrganizationRequiredError
        return self.caller_in(self.organization_header)

    def caller_in(self, organization_id: str) -> Caller:
        """Return the caller, in the organization that the path names.

        Raises:
            InvalidRequestError: The header names another organization.
            NotAMemberError: The caller is no member of the organization.
        """
        if self.organization_header not in {None, organization_id}:
            raise InvalidRequestError("The organization-id header and the path differ.")
        return members.caller(self.identity.user_id, self.identity.is_super_admin, organization_id)

    @cached_property
    def _pairs(self) -> list[tuple[str, str]]:
        raw = self._event.get("rawQueryString", "")
        try:
            return parse_qsl(raw, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
        except ValueError as error:
            raise InvalidRequestError("The query string cannot be read.") from error

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The query string.

        Raises:
            InvalidRequestError: The query string cannot be parsed.
            ValidationFailedError: A parameter is given twice.
        """
        parameters = dict(self._pairs)
        if len(parameters) < len(self._pairs):
            raise ValidationFailedError("A query parameter is given more than once.")
        return parameters

    def query(self, model: type[Model] | None) -> Model | None:
        """Return the query string as a model; None for a route without parameters.

        Raises:
            UnknownParameterError: The route has no parameter of that name.
            ValidationFailedError: A value has the wrong form, or a parameter is given twice.
        """
        known = model.model_fields if model else {}
        for name, _ in self._pairs:
            if name not in known:
                raise UnknownParameterError(f"This route knows no parameter {name[:100]!r}.")
        return validate(model, self.parameters) if model else None

    @cached_property
    def raw_body(self) -> bytes:
        body = self._event.get("body") or ""
        if self._event.get("isBase64Encoded"):
            try:
                return base64.b64decode(body)
            except binascii.Error as error:
                raise InvalidBodyError from error
        return str(body).encode()

    @property
    def content_type(self) -> str:
        return self.header("content-type") or ""

    @cached_property
    def json_body(self) -> Any:
        """The body's JSON value.

        Raises:
            UnsupportedMediaTypeError: The body is not declared as JSON.
            TooLargeError: The body is longer than `MAX_JSON_BYTES`.
            InvalidBodyError: The body is not JSON.
        """
        media_type = self.content_type.partition(";")[0].strip().lower()
        if media_type not in {"application/json", "application/merge-patch+json"}:
            raise UnsupportedMediaTypeError("The body must be application/json.")
        if len(self.raw_body) > MAX_JSON_BYTES:
            raise TooLargeError(f"A JSON body has up to {MAX_JSON_BYTES:,} bytes.")
        return json.parse(self.raw_body)

    def require_match(self, record: Record) -> None:
        """Check the record's version against `If-Match` (RFC 9110, 13.1.1).

        Raises:
            VersionConflictError: The record has another version.
            InvalidRequestError: The header is malformed.
        """
        header = (self.header("if-match") or "").strip()
        if not header or header == "*":
            return
        tags = [tag.strip() for tag in header.split(",")]
        if not all(_ENTITY_TAG.fullmatch(tag) for tag in tags):
            raise InvalidRequestError("If-Match must be an entity tag in quotes, or *.")
        if f'"{record.version}"' not in tags:
            raise VersionConflictError(
                f"The record is at version {record.version}, not the one named by If-Match."
            )
