"""Settings of the template that AWS needs and the embedded engine does not miss."""

import json
import re
from typing import Any

import pytest

from tests.contract import template

RESOURCES = template.resources()
FUNCTIONS = {n: r["Properties"] for n, r in RESOURCES.items() if "Function" in r["Type"]}
API = RESOURCES["Api"]["Properties"]


def queues_of(function: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the properties of the queue mappings of a function."""
    events = function.get("Events", {}).values()
    return [event["Properties"] for event in events if event["Type"] == "SQS"]


WORKERS = sorted(name for name, one in FUNCTIONS.items() if queues_of(one))


@pytest.mark.parametrize(
    "message", ["-", "Unauthorized", 'The "x" is wrong', "Internal server error"]
)
def test_a_line_of_the_access_log_is_json(message: str) -> None:
    """API Gateway escapes `message` as the content of a string; `messageString` has quotes."""
    values = {"error.message": json.dumps(message)[1:-1], "error.messageString": f'"{message}"'}
    line = re.sub(
        r"\$context\.([A-Za-z.]+)",
        lambda found: values.get(found[1], "1"),
        API["AccessLogSettings"]["Format"],
    )
    assert json.loads(line)["error"] == message


def test_all_workers_of_queues_are_known() -> None:
    names = ["DeliveryFunction", "ErasingFunction", "ExportingFunction", "ImportingFunction"]
    assert names == WORKERS


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_of_a_queue_has_a_limit_and_may_send_to_its_own_queue(name: str) -> None:
    """A mapping scales to 1,000 otherwise, and loop detection stops a job after sixteen steps."""
    function = FUNCTIONS[name]
    [mapping] = queues_of(function)
    assert 2 <= mapping["ScalingConfig"]["MaximumConcurrency"] <= 50
    assert function["RecursiveLoop"] == "Allow"


def test_only_workers_of_queues_may_call_themselves() -> None:
    assert {n for n, one in FUNCTIONS.items() if "RecursiveLoop" in one} == set(WORKERS)


def test_the_stage_is_throttled_and_public_routes_more() -> None:
    """Without it, one API can take the whole quota of the account."""
    limit = {"Ref": "RequestsPerSecond"}
    assert API["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": limit,
        "ThrottlingBurstLimit": limit,
    }
    public = {
        f"{route.method} {route.path}"
        for route in template.routes()
        if route.public and route.method == "ANY"
    }
    assert API["RouteSettings"].keys() == public
    assert {one["ThrottlingRateLimit"] for one in API["RouteSettings"].values()} == {50}


def test_no_route_ends_in_a_slash() -> None:
    """API Gateway drops such a route with a warning, and `FailOnWarnings` fails the stack."""
    assert [route.path for route in template.routes() if route.path.endswith("/")] == []


def test_the_dashboard_is_of_one_region() -> None:
    """Dashboards are global: the same stack in two Regions would share one."""
    name = RESOURCES["Dashboard"]["Properties"]["DashboardName"]
    assert name == {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}
