"""Limits that only a request shows; docs/limits.md has all of them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from crm.http.multipart import MAX_PARTS
from crm.http.request import MAX_PARAMETERS
from crm.platform import clock
from crm.platform.s3 import bucket
from crm.platform.validation import MAX_ERRORS
from crm.workflows.engine.actions import send_notification
from tests.support.client import Client
from tests.support.deals import deal
from tests.support.forms import send
from tests.support.rules import executions, rule, run_out
from tests.support.stream import recorded
from tests.support.uploads import announce


def test_parts_of_a_form(ada: Client) -> None:
    assert send(ada, [("x", "1")] * MAX_PARTS).problem == (422, "validation_failed")
    assert send(ada, [("x", "1")] * (MAX_PARTS + 1)).problem == (413, "too_large")


def test_query_parameters(ada: Client) -> None:
    for count, code in ((MAX_PARAMETERS, "unknown_parameter"), (51, "invalid_request")):
        query = "&".join(f"x{n}=1" for n in range(count))
        assert ada.get(f"/api/teams?{query}").problem == (400, code)


def test_errors_of_one_answer(ada: Client) -> None:
    reply = ada.post("/api/teams", {f"x{n}": 1 for n in range(MAX_ERRORS * 5)})
    assert (reply.problem, len(reply.fields)) == ((422, "validation_failed"), MAX_ERRORS)


def test_age_of_an_upload(ada: Client) -> None:
    """S3 refuses later uploads by the signed policy."""
    made = announce(ada).json
    expires_on = datetime.fromisoformat(made["upload"]["expires_on"])
    left = expires_on - clock.now()
    assert timedelta(0) < timedelta(seconds=bucket.FORM_SECONDS) - left < timedelta(minutes=1)


@pytest.mark.parametrize(("most", "status"), [(1, "failed"), (2, "succeeded")])
def test_people_that_one_action_tells(
    ada: Client, cleo: Client, team: str, monkeypatch: pytest.MonkeyPatch, most: int, status: str
) -> None:
    reply = ada.patch(f"/api/teams/{team}", {"users": [cleo.user_id, ada.user_id]})
    assert reply.status == 200
    monkeypatch.setattr(send_notification, "MAX_PEOPLE", most)
    told: dict[str, Any] = {"type": "send_notification", "channel": "in_app", "to": team}
    rule(ada, {**told, "subject": "New", "body": "Look."})
    with recorded() as records:
        one = deal(ada, "Mill")
    run_out(records)
    [execution] = executions(ada, "deal", one)
    assert execution["status"] == status
    assert len(cleo.get("/api/notifications").json["results"]) == (status == "succeeded")
