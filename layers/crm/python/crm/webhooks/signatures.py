"""Signatures by Standard Webhooks (https://www.standardwebhooks.com). Pure, except randomness."""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """Return a new secret, in the form that its receiver needs."""
    return PREFIX + b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers by which a receiver verifies a message and recognizes a repeated one.

    Args:
        secret: the endpoint's.
        message_id: the same in each attempt to send the message.
        timestamp: seconds since 1970, of this attempt.
        body: the exact bytes that are sent.
    """
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{_signature(secret, message_id, timestamp, body)}",
    }


def _signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
