"""Opaque cursors: signed, bound to one request's list, and short-lived. Pure."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from crm.platform.errors import BadCursorError

LIFETIME_SECONDS = 24 * 3600
_SIGNATURE_BYTES = 16


@dataclass(frozen=True)
class Cursor:
    """The state of a walk through a list.

    Attributes:
        position: the sort key at which the next page begins, inclusive.
        count: the count of the first page.
        count_exact: whether the count includes every item.
        expires_on: seconds since 1970.
    """

    position: str
    count: int
    count_exact: bool
    expires_on: int


def binding(organization_id: str, user_id: str, path: str, filters: Mapping[str, str]) -> bytes:
    """Return the bytes that bind a cursor to one organization, user, route and filter."""
    return json.dumps([organization_id, user_id, path, sorted(filters.items())]).encode()


def seal(cursor: Cursor, bound_to: bytes, secret: bytes) -> str:
    """Return the cursor as a string for the client."""
    content = json.dumps(list(asdict(cursor).values()), separators=(",", ":")).encode()
    signed = _signature(content, bound_to, secret) + content
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def unseal(text: str, bound_to: bytes, secret: bytes, now_seconds: int) -> Cursor:
    """Parse and verify a cursor.

    Raises:
        BadCursorError: The cursor is altered, expired, or was issued for another list.
    """
    try:
        signed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise BadCursorError from error
    signature, content = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(content, bound_to, secret)):
        raise BadCursorError
    cursor = Cursor(*json.loads(content))
    # Base64 has spare bits at its end: only the issued spelling is accepted.
    if cursor.expires_on <= now_seconds or seal(cursor, bound_to, secret) != text:
        raise BadCursorError
    return cursor


def _signature(content: bytes, bound_to: bytes, secret: bytes) -> bytes:
    framed = len(bound_to).to_bytes(4, "big") + bound_to + content
    return hmac.new(secret, framed, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
