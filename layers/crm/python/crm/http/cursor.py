"""Opaque cursors: signed, bound to what they were given for, and short-lived. Pure."""

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
    """Where a walk through a list stands.

    Attributes:
        position: where the next page begins, included.
        count: the count taken on the first page.
        count_exact: whether that is all.
        expires_on: seconds since 1970.
    """

    position: str
    count: int
    count_exact: bool
    expires_on: int


def binding(organization_id: str, user_id: str, path: str, filters: Mapping[str, str]) -> bytes:
    """What a cursor holds good for: this organization, user, route and filter, no other."""
    return json.dumps([organization_id, user_id, path, sorted(filters.items())]).encode()


def seal(cursor: Cursor, bound_to: bytes, secret: bytes) -> str:
    """The text that a client carries."""
    content = json.dumps(list(asdict(cursor).values()), separators=(",", ":")).encode()
    signed = _signature(content, bound_to, secret) + content
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def unseal(text: str, bound_to: bytes, secret: bytes, now_seconds: int) -> Cursor:
    """Read a cursor back.

    Raises:
        BadCursorError: altered, expired, or given for something else.
    """
    try:
        signed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise BadCursorError from error
    signature, content = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(content, bound_to, secret)):
        raise BadCursorError
    cursor = Cursor(*json.loads(content))
    # Base64 has spare bits at its end: only the spelling that was given out is the cursor.
    if cursor.expires_on <= now_seconds or seal(cursor, bound_to, secret) != text:
        raise BadCursorError
    return cursor


def _signature(content: bytes, bound_to: bytes, secret: bytes) -> bytes:
    framed = len(bound_to).to_bytes(4, "big") + bound_to + content
    return hmac.new(secret, framed, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
