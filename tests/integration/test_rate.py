"""The limit of requests on the deployed stack: functions share the count, each by its own role."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from crm.http.rate_limit import SECONDS, STEP
from local.process import StackProcess
from local.settings import STACK_NAME
from tests.support.integration.client import Brook, refused

LIMIT = STEP + STEP // 2
FUNCTIONS = {"me": "/api/me", "timeline": "/api/timeline", "reports": "/api/reports/forecast"}
"""Functions whose roles can write nothing else, and a path of each."""


@pytest.fixture
def limited(stack: StackProcess) -> Iterator[None]:
    """Versions of the functions that have a low limit, for the time of a test."""
    client = stack.client("lambda")
    before = {name: _version(client, name) for name in FUNCTIONS}
    variables: dict[str, Any] = {}
    for name in FUNCTIONS:
        environment = client.get_function_configuration(FunctionName=_full(name))["Environment"]
        variables[name] = environment["Variables"]
        _publish(client, name, {**variables[name], "CRM_REQUESTS_PER_MINUTE": str(LIMIT)})
    yield
    for name, version in before.items():
        _configure(client, name, variables[name])
        client.update_alias(FunctionName=_full(name), Name="live", FunctionVersion=version)


def _full(name: str) -> str:
    return f"{STACK_NAME}-{name}"


def _version(client: Any, name: str) -> str:
    return str(client.get_alias(FunctionName=_full(name), Name="live")["FunctionVersion"])


def _configure(client: Any, name: str, variables: dict[str, str]) -> None:
    client.update_function_configuration(
        FunctionName=_full(name), Environment={"Variables": variables}
    )
    client.get_waiter("function_updated_v2").wait(FunctionName=_full(name))


def _publish(client: Any, name: str, variables: dict[str, str]) -> None:
    _configure(client, name, variables)
    version = client.publish_version(FunctionName=_full(name))["Version"]
    client.update_alias(FunctionName=_full(name), Name="live", FunctionVersion=version)


def test_functions_share_a_users_count(stack: StackProcess, limited: None) -> None:
    with Brook(stack) as brook:
        organization = brook.found()
        ada, ben = organization.founder, organization.join()
        elsewhere = ada.at(brook.found().id)
        for path in FUNCTIONS.values():
            ben.get(path)
        _wait_for_a_whole_minute()
        minute = int(time.time() // SECONDS)
        me, *others = FUNCTIONS.values()
        assert [ada.get(me).status_code for _ in range(STEP)] == [200] * STEP
        for count, path in enumerate(others, 2):
            # A function knows of the others when it has twenty requests to tell of.
            told = [ada.get(path).status_code for _ in range(STEP)]
            assert 429 not in told[:-1]
            assert told[-1] == 429
            answer = ada.get(path)
            refused(answer, 429, "rate_limited")
            assert 1 <= int(answer.headers["retry-after"]) <= SECONDS
            item = stack.client("dynamodb").get_item(
                TableName=stack.outputs["BookkeepingTable"],
                Key={"pk": {"S": f"RATE#{ada.id}"}, "sk": {"S": str(minute)}},
            )["Item"]
            assert item["requests"] == {"N": str(count * STEP)}
            refused(elsewhere.get(path), 429, "rate_limited")
            assert ben.get(path).status_code != 429
        assert int(time.time() // SECONDS) == minute


def _wait_for_a_whole_minute() -> None:
    """All requests of the test shall fall into the same one; its functions have started before."""
    passed = time.time() % SECONDS
    if passed > SECONDS / 4:
        time.sleep(SECONDS - passed)
