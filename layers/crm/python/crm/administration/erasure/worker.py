"""Takes erasures further, as their queue asks for it."""

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any

RUN_BY = {
    "organization": "crm.administration.erasure.organization",
    "person": "crm.administration.erasure.person",
}
"""Whose `run` takes a message of a kind; imported when one comes, for they need much."""


def run(event: Mapping[str, Any]) -> None:
    """Handle an event of the queue, whose batches hold one message.

    Raises:
        Exception: whatever went wrong. The erasure is taken up again within minutes, where it was.
    """
    for record in event["Records"]:
        message = json.loads(record["body"])
        import_module(RUN_BY[message["kind"]]).run(message)
