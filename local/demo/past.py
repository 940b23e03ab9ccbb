"""Calls of the API with a clock in the past: a demo with only new records shows little.

The functions of the template run in this process, on the tables of the stack, with a clock that
is set back. All their rules apply; the stream delivers what they write to the stack's functions.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest.mock import patch

import uuid_utils

from crm.platform import clock, ids
from local import handlers
from local.environment import CREDENTIALS
from local.errors import LocalStackError
from local.settings import REGION, Settings

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@contextmanager
def on_the_tables_of(settings: Settings, outputs: dict[str, str]) -> Iterator[None]:
    """Run the functions on the tables of a stack."""
    environment = CREDENTIALS | {
        "AWS_ENDPOINT_URL": settings.engine_url,
        "AWS_DEFAULT_REGION": REGION,
        "RECORDS_TABLE": outputs["RecordsTable"],
        "BOOKKEEPING_TABLE": outputs["BookkeepingTable"],
        "LOG_LEVEL": "ERROR",
    }
    with patch.dict(os.environ, environment):
        yield


class Past:
    """The API with a user's calls in the past.

    Args:
        user_id: the id of the caller.
        organization_id: the id of the organization.
    """

    def __init__(self, user_id: str, organization_id: str) -> None:
        self._user_id = user_id
        self._organization_id = organization_id

    def post(self, moment: datetime, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the response to a POST at that time.

        Raises:
            LocalStackError: the request is rejected.
        """
        return self._call("POST", moment, path, body)

    def patch(self, moment: datetime, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._call("PATCH", moment, path, body)

    def _call(
        self, method: str, moment: datetime, path: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        claims = {"sub": self._user_id, "token_use": "access", "scope": "openid"}
        event = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {
                "organization-id": self._organization_id,
                "content-type": "application/json",
            },
            "requestContext": {
                "http": {"method": method, "path": path},
                "requestId": "demo",
                "stage": "$default",
                "authorizer": {"jwt": {"claims": claims}},
            },
            "body": json.dumps(body),
            "isBase64Encoded": False,
        }
        with _clock_at(moment):
            answer = handlers.load(path.split("/")[2]).handler(event, None)
        if answer["statusCode"] >= 300:
            raise LocalStackError(f"{method} {path} gave {answer['statusCode']}: {answer['body']}")
        made: dict[str, Any] = json.loads(answer["body"])
        return made


@contextmanager
def _clock_at(moment: datetime) -> Iterator[None]:
    nanoseconds = clock.to_milliseconds(moment) * 1_000_000

    def new_id() -> str:
        return str(uuid_utils.uuid7(nanoseconds=nanoseconds))

    with patch.object(clock, "now", lambda: moment), patch.object(ids, "new_id", new_id):
        yield
