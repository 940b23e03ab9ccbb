"""Files sent to S3, and what S3 tells of them."""

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from tests.support.client import Client, Reply, function
from tests.support.cloud import BUCKET, client

TEXT = "text/plain"


def declared(content: bytes = b"text", **fields: Any) -> dict[str, Any]:
    """A file as the client declares it; a field that is None is left out."""
    whole = {
        "name": "plan.txt",
        "content_type": TEXT,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not None}


def announce(who: Client, title: str = "Plan", content: bytes = b"text", **fields: Any) -> Reply:
    """Make a document that waits for its file."""
    reply = who.post("/api/documents", {"title": title, "file": declared(content), **fields})
    assert reply.status == 201, reply.text
    return reply


def put(reply: Reply, content: bytes = b"text", content_type: str = TEXT) -> dict[str, Any]:
    """Store a file where a form says; the event that S3 sends."""
    key = reply.json["upload"]["fields"]["key"]
    stored = client("s3").put_object(Bucket=BUCKET, Key=key, Body=content, ContentType=content_type)
    return event(key, {"versionId": stored["VersionId"], "size": len(content)})


def event(key: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """An event of S3, the key encoded as it comes."""
    return {
        "Records": [
            {
                "eventSource": "aws:s3",
                "eventName": "ObjectCreated:Post",
                "s3": {
                    "bucket": {"name": BUCKET},
                    "object": {"key": quote_plus(key, safe="/"), **attributes},
                },
            }
        ]
    }


def deliver(arrival: dict[str, Any]) -> None:
    """Hand an event of S3 to the function that it is for."""
    function("uploads")(arrival, None)


def upload(reply: Reply, content: bytes = b"text", content_type: str = TEXT) -> None:
    """Send a file, as far as the event."""
    deliver(put(reply, content, content_type))
