"""Each alarm has its section in the runbook, and each section its alarm."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.contract import template
from tools.ops.dead_letters import KINDS

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
RESOURCES = template.resources()
ALARMS = {
    name: resource["Properties"]
    for name, resource in RESOURCES.items()
    if resource["Type"] == "AWS::CloudWatch::Alarm"
}


def section(alarm: str) -> str:
    return RUNBOOK.partition(f"\n## {alarm}\n")[2].partition("\n## ")[0]


def metrics(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics that an alarm looks at."""
    if "Metrics" not in alarm:
        return [alarm]
    return [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one]


def watched(metric: str, dimension: str) -> set[str]:
    """The resources whose metric of that name has an alarm."""
    return {
        next(iter(one["Value"].values())).partition(".")[0]
        for alarm in ALARMS.values()
        for found in metrics(alarm)
        if found["MetricName"] == metric
        for one in found["Dimensions"]
        if one["Name"] == dimension
    }


def test_each_alarm_has_a_section_and_each_section_an_alarm() -> None:
    sections = [name for name in re.findall(r"^## (\w+)$", RUNBOOK, re.M) if name.endswith("Alarm")]
    assert sections == list(ALARMS)


@pytest.mark.parametrize("alarm", ALARMS)
def test_a_section_says_what_it_means_and_what_to_do(alarm: str) -> None:
    told = section(alarm)
    assert "**Means**" in told
    assert "**Do**" in told


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_is_heard_and_ends(alarm: str) -> None:
    found = ALARMS[alarm]
    assert found["AlarmActions"] == found["OKActions"] == [{"Ref": "AlarmsTopic"}]
    assert found["TreatMissingData"] == "notBreaching"
    assert found["AlarmDescription"].endswith(".")


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_watches_this_stack_alone(alarm: str) -> None:
    """A metric without dimensions is the account's, unless its namespace is the stack's own."""
    for metric in metrics(ALARMS[alarm]):
        own = metric["Namespace"] == {"Fn::Sub": "Brook/${AWS::StackName}"}
        assert own or any(isinstance(one["Value"], dict) for one in metric["Dimensions"])
    assert len(metrics(ALARMS[alarm])) <= 10, "CloudWatch adds up no more"


def test_each_dead_letter_queue_is_watched_and_can_be_redriven() -> None:
    queues = {name for name in RESOURCES if name.endswith("DeadLetterQueue")}
    assert watched("ApproximateNumberOfMessagesVisible", "QueueName") == queues
    assert {f"{name.capitalize()}DeadLetterQueue" for name in KINDS} == queues
    for name in KINDS:
        assert f"make redrive QUEUE={name}" in RUNBOOK or f"`QUEUE={name}`" in RUNBOOK
        assert f"{name.capitalize()}DeadLetterQueueUrl" in template.outputs()


def test_each_function_that_nobody_waits_for_is_watched() -> None:
    """Alarms of the API watch its responses; an operator waits for the recount."""
    functions = {
        name: resource["Properties"]
        for name, resource in RESOURCES.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    behind = {
        name
        for name, properties in functions.items()
        if any(event["Type"] == "HttpApi" for event in properties.get("Events", {}).values())
    }
    silent = functions.keys() - behind - {"RecountFunction"}
    assert watched("Errors", "FunctionName") == silent
    assert watched("Throttles", "FunctionName") == silent


def test_each_stream_is_watched_for_its_age() -> None:
    readers = {
        name
        for name, resource in RESOURCES.items()
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "DynamoDB"
    }
    assert watched("IteratorAge", "FunctionName") == readers


def test_what_is_called_once_and_not_waited_for_has_a_failure_destination() -> None:
    """Lambda forgets an event after three failures; what comes again by itself is the clock's."""
    for name in ("UploadsFunction", "TimersFunction"):
        settings = RESOURCES[name]["Properties"]["EventInvokeConfig"]
        assert settings["DestinationConfig"]["OnFailure"]["Type"] == "SQS"


def test_durations_are_measured_against_the_timeouts() -> None:
    expression = next(
        one["Expression"] for one in ALARMS["DurationsAlarm"]["Metrics"] if "Expression" in one
    )
    for name, milliseconds in re.findall(r"(\w+)/(\d+)", expression):
        function = RESOURCES[f"{name.capitalize()}Function"]["Properties"]
        assert function["Timeout"] * 1000 == int(milliseconds)


def test_the_dashboard_is_json_and_speaks_of_what_is_there() -> None:
    body = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    named = {one.partition(".")[0] for one in re.findall(r"\$\{(\w[\w.]*)\}", body)}
    assert named <= RESOURCES.keys()
    widgets = json.loads(re.sub(r"\$\{[^}]+\}", "x", body))["widgets"]
    places = {(one["x"], one["y"]) for one in widgets}
    assert len(places) == len(widgets)
    assert {f"{name.capitalize()}DeadLetterQueue" for name in KINDS} <= named
