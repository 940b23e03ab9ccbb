"""Worker of the queue of erasures."""

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any

RUN_BY = {
    "organization": "crm.administration.erasure.organization",
    "person": "crm.administration.erasure.person",
}
"""Modules whose `run` handles a kind of message; imported on demand, as they import much."""


def run(event: Mapping[str, Any]) -> None:
    """Handle an event of the queue, whose batches hold one message.

    Raises:
        Exception: The erasure failed. It is resumed within minutes.
    """
    for record in event["Records"]:
        message = json.loads(record["body"])
        import_module(RUN_BY[message["kind"]]).run(message)
