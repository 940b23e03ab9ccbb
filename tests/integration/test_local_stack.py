"""The stack itself: what it opens, whom it lets in, what it keeps when it stops or is killed."""

import base64
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from local.process import StackProcess
from local.settings import ROOT, STACK_NAME
from tests.contract import template
from tools.ops.users import SUPER_ADMIN


def test_it_listens_on_loopback_only(stack: StackProcess) -> None:
    """An address of the machine that is not loopback must not answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        address = probe.getsockname()[0]
    if address.startswith("127."):
        pytest.skip("this machine has only loopback")
    for port in (stack.settings.port, stack.settings.engine_port):
        with (
            pytest.raises(ConnectionRefusedError),
            socket.create_connection((address, port), timeout=1),
        ):
            pass


def test_it_serves_health_to_all_and_the_rest_to_bearers_of_a_token(stack: StackProcess) -> None:
    token = stack.token("bearer@example.com")
    with httpx.Client(base_url=stack.api_url, timeout=30) as api:
        assert api.get("/api/health").status_code == 200
        assert api.get("/api/me").status_code == 401
        assert api.get("/api/me", headers={"authorization": f"Bearer {token}x"}).status_code == 401
        assert api.get("/api/me", headers={"authorization": f"Bearer {token}"}).status_code == 200
        assert api.get("/nowhere").status_code == 404


def test_every_path_is_there_with_and_without_a_rest(stack: StackProcess) -> None:
    answer = stack.client("apigatewayv2").get_routes(ApiId=stack.outputs["ApiId"], MaxResults="100")
    keys = [route["RouteKey"] for route in answer["Items"]]
    assert len(keys) == len(set(keys))
    assert {f"{route.method} {route.path}" for route in template.routes()} == set(keys)
    collections = {key for key in keys if not key.endswith("{proxy+}")}
    assert {f"{key}/{{proxy+}}" for key in collections} <= set(keys)


def test_the_alarms_and_the_dashboard_of_the_template_are_there(stack: StackProcess) -> None:
    watching = stack.client("cloudwatch")
    wanted = {n for n, r in template.resources().items() if r["Type"] == "AWS::CloudWatch::Alarm"}
    found = watching.describe_alarms(MaxRecords=100)["MetricAlarms"]
    assert {one["AlarmName"].split("-")[-2] for one in found} == wanted
    name = f"{STACK_NAME}-{watching.meta.region_name}"
    body = watching.get_dashboard(DashboardName=name)["DashboardBody"]
    assert stack.outputs["RecordsTable"] in body
    json.loads(body)


def test_browsers_are_answered_from_allowed_origins_only(stack: StackProcess) -> None:
    def preflight(origin: str) -> httpx.Response:
        headers = {"origin": origin, "access-control-request-method": "POST"}
        return httpx.options(f"{stack.api_url}/api/documents", headers=headers)

    allowed = preflight("http://localhost:5173")
    assert allowed.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert "access-control-allow-origin" not in preflight("https://elsewhere.example").headers


def test_a_token_carries_the_scope_asked_for_and_no_other(stack: StackProcess) -> None:
    def groups(token: str) -> list[str]:
        return list(claims(token).get("cognito:groups", []))

    assert groups(stack.token("root@example.com", SUPER_ADMIN)) == [SUPER_ADMIN]
    assert groups(stack.token("root@example.com")) == []
    assert claims(stack.token("root@example.com"))["sub"] == stack.user_id("root@example.com")


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    padded = payload + "=" * (-len(payload) % 4)
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(padded))
    return decoded


def test_the_engine_cannot_be_emptied_from_a_web_page(stack: StackProcess) -> None:
    assert httpx.post(f"{stack.engine_url}/_ministack/reset").status_code == 403
    elsewhere = {"host": "rebound.example"}
    assert httpx.get(f"{stack.engine_url}/", headers=elsewhere).status_code == 403


def test_running_it_twice_brings_the_running_one_up_to_date(stack: StackProcess) -> None:
    """It takes away routes that the template has not, and makes none twice."""
    gateway, api = stack.client("apigatewayv2"), stack.outputs["ApiId"]

    def keys() -> list[str]:
        routes = gateway.get_routes(ApiId=api, MaxResults="100")["Items"]
        return sorted(route["RouteKey"] for route in routes)

    before = keys()
    gateway.create_route(ApiId=api, RouteKey="GET /stray")
    again = command(stack, "local", "run")
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("The stack is running: bringing it up to date.")
    assert keys() == before


def test_a_port_in_use_gives_one_line(stack: StackProcess, tmp_path: Path) -> None:
    other = StackProcess(tmp_path)
    result = command(other, "local", "run", PORT=str(stack.settings.port))
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert f"port {stack.settings.port} is in use" in result.stderr


def test_a_broken_state_gives_one_line_and_is_left_alone(tmp_path: Path) -> None:
    other = StackProcess(tmp_path)
    broken = other.settings.state / "dynamodb.json"
    broken.parent.mkdir()
    broken.write_text('{"half')
    result = command(other, "local", "run")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert str(broken) in result.stderr
    assert broken.read_text() == '{"half'


def test_a_token_without_a_stack_gives_one_line(tmp_path: Path) -> None:
    result = command(StackProcess(tmp_path), "tools.ops", "token", "ada@example.com")
    assert result.returncode == 1
    assert result.stderr == "error: there is no stack yet: start it with `make run`\n"


def command(stack: StackProcess, module: str, *arguments: str, **variables: str) -> Any:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=stack.environment() | variables,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_bucket_refuses_what_a_policy_does_not_allow(stack: StackProcess) -> None:
    anonymous = httpx.get(f"{stack.engine_url}/{stack.outputs['Bucket']}/files/kept")
    assert anonymous.status_code == 403
    with pytest.raises(ClientError):
        stack.client("s3").get_object(Bucket=stack.outputs["Bucket"], Key="files/unknown")
