"""`Idempotency-Key`: the same POST sent twice has one effect and one response.

A marker is written before the work has any effect, and is completed in the work's transaction, with
the response in it. So no effect ever exists without its marker knowing: a request cut off before
its commit leaves a lease that expires, one cut off after it leaves the response. A worker that
outlives its lease cannot commit, because the marker carries another token.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any

from pynamodb.expressions.operand import Path

from crm.http.response import Response
from crm.platform import json
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import (
    IdempotencyInProgressError,
    IdempotencyKeyReusedError,
    InvalidRequestError,
)

KEEP_SECONDS = 24 * 3600
LEASE_SECONDS = 60
"""Longer than a function may run (template.yaml: 29 s)."""

MAX_KEY_LENGTH = 255


@dataclass(frozen=True)
class Marker:
    """A request's claim on its key."""

    key: Key
    token: str
    fingerprint: str

    def complete(self, transaction: Transaction, answer: Response) -> None:
        """Store the response, in the transaction that holds the request's effects."""
        transaction.put(
            self.key,
            {
                "state": "done",
                "token": self.token,
                "fingerprint": self.fingerprint,
                "expires_on": int(time.time()) + KEEP_SECONDS,
                "status": answer.status,
                "headers": dict(answer.headers),
                "body": answer.text,
            },
            Path("token") == self.token,
            IdempotencyInProgressError,
            SYSTEM,
        )

    def release(self) -> None:
        """Release the key after a response that is not stored."""
        unanswered = (Path("token") == self.token) & (Path("state") == "running")
        SYSTEM.delete_if(unanswered, self.key)


def begin(
    organization_id: str, user_id: str, route: str, header: str, body: Any
) -> Marker | Response:
    """Claim a key, or return its stored response.

    Args:
        organization_id: the organization, or a placeholder for a route without one.
        user_id: the caller's.
        route: method and path.
        header: the key, as sent.
        body: the body's JSON value.

    Raises:
        InvalidRequestError: The key is empty or too long.
        IdempotencyKeyReusedError: The key was sent with another body.
        IdempotencyInProgressError: The first request is still running.
    """
    if not 1 <= len(header) <= MAX_KEY_LENGTH:
        raise InvalidRequestError("Idempotency-Key must have 1 to 255 characters.")
    key = keys.idempotency(organization_id, user_id, route, header)
    marker = Marker(key, secrets.token_hex(16), hashlib.sha256(json.canonical(body)).hexdigest())
    while True:
        held = _claim(marker)
        if held is None:
            return marker
        if not _is_free(held):
            return _answer_of(held, marker.fingerprint)


def _claim(marker: Marker) -> Item | None:
    """Write the marker; return None on success, else the item that holds the key."""
    now = int(time.time())
    free = (
        Path("pk").does_not_exist()
        | (Path("expires_on") <= now)
        | ((Path("state") == "running") & (Path("lease_until") <= now))
    )
    item = {
        "state": "running",
        "token": marker.token,
        "fingerprint": marker.fingerprint,
        "lease_until": now + LEASE_SECONDS,
        "expires_on": now + KEEP_SECONDS,
    }
    if SYSTEM.put_if(free, marker.key, item):
        return None
    held = SYSTEM.get(marker.key) or {"expires_on": 0}
    # The AWS client's own retry may meet its first attempt: then the claim did succeed.
    return None if held.get("token") == marker.token else held


def _is_free(item: Item) -> bool:
    now = int(time.time())
    return bool(
        item["expires_on"] <= now or (item["state"] == "running" and item["lease_until"] <= now)
    )


def _answer_of(item: Item, fingerprint: str) -> Response:
    if item["fingerprint"] != fingerprint:
        raise IdempotencyKeyReusedError
    if item["state"] == "running":
        raise IdempotencyInProgressError(headers={"Retry-After": "1"})
    return Response(
        item["status"],
        item["body"] or None,
        {**item["headers"], "Idempotent-Replayed": "true"},
    )
