"""The API calls published versions of its functions: no change may leave the old one in place."""

import re
from functools import cache
from typing import Any

import pytest
import yaml

from local.settings import ROOT
from tests.contract.template import Loader


@cache
def template() -> dict[str, Any]:
    text = (ROOT / "template.yaml").read_text()
    document: dict[str, Any] = yaml.load(text, Loader=Loader)  # noqa: S506
    return document


def functions() -> dict[str, dict[str, Any]]:
    """The properties of those that the API calls."""
    return {
        name: resource["Properties"]
        for name, resource in template()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
        and "HttpApi"
        in {event["Type"] for event in resource["Properties"].get("Events", {}).values()}
    }


def parameters(value: Any) -> set[str]:
    """The parameters that a value depends on, also by a condition."""
    if isinstance(value, dict):
        found = set().union(*map(parameters, value.values()))
        found |= {value["Ref"]} if "Ref" in value else set()
        if "Fn::If" in value:
            found |= parameters(template()["Conditions"][value["Fn::If"][0]])
        return found & template()["Parameters"].keys()
    if isinstance(value, list):
        return set().union(*map(parameters, value))
    return set(re.findall(r"\$\{(\w+)\}", str(value))) & template()["Parameters"].keys()


def test_the_api_has_functions() -> None:
    assert len(functions()) > 20


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_change_publishes_a_version(name: str) -> None:
    function = functions()[name]
    shared = template()["Globals"]["Function"]
    own = [function.get("Environment", {}), function["SnapStart"]]
    needed = parameters([shared["Environment"], shared["Tracing"], *own])
    assert parameters(function["VersionDescription"]) == needed
    assert function["AutoPublishAlias"] == "live"
    assert function["AutoPublishAliasAllProperties"] is True
    assert function["VersionDeletionPolicy"] == "Delete"
    assert function["SnapStart"] == {"ApplyOn": {"Ref": "SnapStart"}}


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_description_is_not_too_long(name: str) -> None:
    """With texts as long as their parameters take, numbers as by default or at their limit."""

    def longest(parameter: re.Match[str]) -> str:
        said = template()["Parameters"][parameter[1]]
        values = [said.get("Default", ""), said.get("MaxValue", ""), *said.get("AllowedValues", [])]
        return "x" * max(said.get("MaxLength", 0), *(len(str(value)) for value in values))

    described = functions()[name]["VersionDescription"]["Fn::Sub"].strip()
    assert len(re.sub(r"\$\{(\w+)\}", longest, described)) <= 256


def test_a_change_of_a_layer_publishes_versions() -> None:
    layers = [
        template()["Resources"][name]["Properties"] for name in ("DependenciesLayer", "CrmLayer")
    ]
    assert [layer["PublishLambdaVersion"] for layer in layers] == [True, True]
