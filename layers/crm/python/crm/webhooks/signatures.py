"""Signatures by Standard Webhooks (https://www.standardwebhooks.com). Pure, chance aside."""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A fresh secret, as its receiver needs it."""
    return PREFIX + b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that let a receiver tell that a message is ours, and one that it has seen.

    Args:
        secret: the endpoint's.
        message_id: the same each time that the message is sent.
        timestamp: seconds since 1970, of this sending.
        body: the very bytes that are sent.
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
