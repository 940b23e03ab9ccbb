"""The rate limit: 429 with the time to wait, at no cost."""

import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError

from crm.http import rate_limit
from crm.http.rate_limit import STEP, Rate
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.table import SYSTEM
from tests.support.client import Client
from tests.support.cloud import BOOKKEEPING as BOOKKEEPING_TABLE
from tests.support.tables import snapshot

MINUTE = 29_000_000
NOW = MINUTE * 60 + 17.5
TEAMS, ME = "/api/teams", "/api/me"

Call = tuple[str, dict[str, Any]]


def begin_anew(patch: pytest.MonkeyPatch) -> None:
    """As another process, which has counted nothing; at a moment that stays."""
    patch.setattr(rate_limit, "_rate", Rate(rate_limit._told, lambda: NOW))


@pytest.fixture
def limit(ada: Client, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the limit, of a process that has counted nothing."""

    def set_to(requests_per_minute: int) -> None:
        monkeypatch.setenv("CRM_REQUESTS_PER_MINUTE", str(requests_per_minute))
        begin_anew(monkeypatch)

    return set_to


@pytest.fixture
def calls(ada: Client, monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """Record the calls of AWS: operations and their parameters."""
    asked: list[Call] = []
    call = vars(BaseClient)["_make_api_call"]

    def seen(self: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        asked.append((operation, parameters))
        return call(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", seen)
    return asked


@pytest.fixture
def journal() -> Iterator[io.StringIO]:
    """Return the log lines about the limit."""
    written = io.StringIO()
    handler: Any = rate_limit.logger.registered_handler
    stream, level = handler.stream, rate_limit.logger.log_level
    handler.setStream(written)
    rate_limit.logger.setLevel("INFO")
    yield written
    handler.setStream(stream)
    rate_limit.logger.setLevel(level)


def lines(journal: io.StringIO) -> list[dict[str, Any]]:
    told = ("level", "message", "user_id", "requests_per_minute", "exception", "code")
    return [
        {name: line[name] for name in told if name in line}
        for line in map(json.loads, journal.getvalue().splitlines())
        if line["message"] != "request"
    ]


def statuses(caller: Client, count: int, path: str = TEAMS) -> list[int]:
    return [caller.get(path).status for _ in range(count)]


def counted(caller: Client) -> int:
    """Return the shared count of the current minute."""
    item = SYSTEM.get(keys.rate(caller.user_id, MINUTE))
    return item["requests"] if item else 0


def test_one_too_many(ada: Client, limit: Callable[[int], None]) -> None:
    limit(3)
    assert statuses(ada, 3) == [200, 200, 200]
    refused = ada.get(TEAMS)
    assert refused.status == 429
    assert refused.headers == {
        "Cache-Control": "no-store",
        "Content-Type": "application/problem+json",
        "Retry-After": "43",
    }
    assert refused.json == {
        "type": "about:blank",
        "title": "Too many requests",
        "status": 429,
        "code": "rate_limited",
        "detail": "The limit is 3 a minute.",
        "errors": [],
        "request_id": "request-1",
    }


def test_who_waits_as_long_as_they_are_told_may_ask_again(
    ada: Client, limit: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(1)
    assert statuses(ada, 2) == [200, 429]
    wait = int(ada.get(TEAMS).headers["Retry-After"])
    for seconds, status in ((wait - 1, 429), (wait, 200), (wait, 429)):
        monkeypatch.setattr(rate_limit._rate, "_clock", lambda seconds=seconds: NOW + seconds)
        assert ada.get(TEAMS).status == status


def test_others_are_not_affected(ada: Client, ben: Client, limit: Callable[[int], None]) -> None:
    limit(2)
    assert statuses(ada, 3) == [200, 200, 429]
    assert statuses(ben, 3) == [200, 200, 429]


def test_all_organizations_and_functions_count_together(
    ada: Client, limit: Callable[[int], None]
) -> None:
    second = ada.post("/api/organizations", {"name": "Second"}).json["id"]
    limit(4)
    assert statuses(ada, 1) + statuses(ada.within(second), 1) == [200, 200]
    assert statuses(ada.within(None), 1, ME) == [200]
    # What is refused for another reason is a request too.
    assert ada.within("01a1ffdb-0000-7000-8000-000000000000").get(TEAMS).status == 403
    for organization_id in (ada.organization_id, second, None):
        elsewhere = ada.within(organization_id)
        assert elsewhere.get(ME).problem == (429, "rate_limited")
        assert elsewhere.get(TEAMS).problem == (429, "rate_limited")


def test_a_super_admin_has_the_same_limit(root: Client, limit: Callable[[int], None]) -> None:
    limit(2)
    assert statuses(root, 3) == [200, 200, 429]


def test_what_needs_no_token_has_none(ada: Client, limit: Callable[[int], None]) -> None:
    limit(1)
    assert statuses(ada, 2) == [200, 429]
    for path in ("/api/health", "/api/docs", "/api/openapi.json"):
        assert statuses(ada, 3, path) == [200, 200, 200]


def test_no_limit(ada: Client, limit: Callable[[int], None], calls: list[Call]) -> None:
    limit(0)
    assert statuses(ada, 3 * STEP) == [200] * 3 * STEP
    assert "UpdateItem" not in [operation for operation, _ in calls]


def test_is_six_thousand_by_default(
    ada: Client, limit: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(0)
    monkeypatch.delenv("CRM_REQUESTS_PER_MINUTE")
    SYSTEM.add(keys.rate(ada.user_id, MINUTE), "requests", 6000 - STEP, expires_on=0)
    assert statuses(ada, STEP + 1) == [200] * STEP + [429]
    assert ada.get(TEAMS).json["detail"] == "The limit is 6,000 a minute."


def test_who_asks_for_little_costs_nothing(
    ada: Client, limit: Callable[[int], None], calls: list[Call]
) -> None:
    limit(0)
    statuses(ada, STEP - 1)
    without = [operation for operation, _ in calls]
    calls.clear()
    limit(1200)
    statuses(ada, STEP - 1)
    assert [operation for operation, _ in calls] == without
    assert counted(ada) == 0


def test_one_write_for_twenty_requests(
    ada: Client, limit: Callable[[int], None], calls: list[Call]
) -> None:
    limit(1200)
    statuses(ada, 3 * STEP)
    writes = [parameters for operation, parameters in calls if operation == "UpdateItem"]
    assert [one["TableName"] for one in writes] == [BOOKKEEPING_TABLE] * 3
    assert SYSTEM.get(keys.rate(ada.user_id, MINUTE)) == {
        "pk": f"RATE#{ada.user_id}",
        "sk": str(MINUTE),
        "requests": 3 * STEP,
        "expires_on": (MINUTE + 2) * 60,
    }


def test_a_refusal_calls_nothing(
    ada: Client, limit: Callable[[int], None], calls: list[Call]
) -> None:
    limit(STEP)
    assert statuses(ada, STEP) == [200] * STEP
    calls.clear()
    for _ in range(3 * STEP):
        assert ada.get(TEAMS).status == 429
        assert ada.post(TEAMS, {"name": "x"}, headers={"idempotency-key": "k"}).status == 429
    assert calls == []
    assert counted(ada) == STEP


def test_processes_share_the_count(
    ada: Client, limit: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(30)
    assert statuses(ada, STEP) == [200] * STEP
    begin_anew(monkeypatch)
    assert statuses(ada, STEP + 1, ME) == [200] * (STEP - 1) + [429, 429]
    # One that was there before knows only what it was told.
    begin_anew(monkeypatch)
    assert statuses(ada, STEP + 1) == [200] * (STEP - 1) + [429, 429]
    assert counted(ada) == 3 * STEP


def test_threads_of_one_process(ada: Client, limit: Callable[[int], None]) -> None:
    limit(40)
    with ThreadPoolExecutor(4) as pool:
        answered = list(pool.map(lambda _: ada.get("/api/me").status, range(80)))
    assert set(answered) == {200, 429}
    assert 40 <= answered.count(200) <= 40 + 4 * (STEP - 1)


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_without_the_counter_requests_go_on(
    ada: Client,
    limit: Callable[[int], None],
    journal: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
) -> None:
    limit(50)
    refuse(monkeypatch, ClientError({"Error": {"Code": code}}, "UpdateItem"))
    # By itself, the process holds the limit all the same.
    assert statuses(ada, 51, ME) == [200] * 50 + [429]
    assert [(one["message"], one["user_id"], one["code"]) for one in lines(journal)[:-1]] == [
        ("requests not counted", ada.user_id, code)
    ] * 2


def test_nor_does_a_lost_connection_hinder_them(
    ada: Client,
    limit: Callable[[int], None],
    journal: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit(1200)
    refuse(monkeypatch, EndpointConnectionError(endpoint_url="https://dynamodb"))
    assert statuses(ada, STEP, ME) == [200] * STEP
    assert lines(journal) == [
        {
            "level": "WARNING",
            "message": "requests not counted",
            "user_id": ada.user_id,
            "exception": "UpdateError",
        }
    ]


def refuse(patch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let each UpdateItem fail."""
    call = vars(BaseClient)["_make_api_call"]

    def fail(self: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        if operation == "UpdateItem":
            raise error
        return call(self, operation, parameters)

    patch.setattr(BaseClient, "_make_api_call", fail)


def test_the_first_refusal_is_logged_and_no_other(
    ada: Client, ben: Client, limit: Callable[[int], None], journal: io.StringIO
) -> None:
    limit(1)
    statuses(ada, 10)
    statuses(ben, 10)
    assert lines(journal) == [
        {
            "level": "WARNING",
            "message": "rate limited",
            "user_id": caller.user_id,
            "requests_per_minute": 1,
        }
        for caller in (ada, ben)
    ]


def test_a_refused_post_leaves_its_key_free(
    ada: Client, limit: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(1)
    key = {"idempotency-key": "once"}
    assert statuses(ada, 1) == [200]
    before = snapshot()
    assert ada.post(TEAMS, {"name": "Sales"}, headers=key).problem == (429, "rate_limited")
    assert snapshot() == before
    begin_anew(monkeypatch)
    made = ada.post(TEAMS, {"name": "Sales"}, headers=key)
    assert (made.status, made.headers.get("Idempotent-Replayed")) == (201, None)
    # Nor is what is kept already given to who asks too often.
    assert ada.post(TEAMS, {"name": "Sales"}, headers=key).problem == (429, "rate_limited")
