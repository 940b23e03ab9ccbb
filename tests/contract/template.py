"""The routes of template.yaml, read from the template itself."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from local.settings import ROOT


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's tags: `!Ref X` is `{"Ref": X}`, any other one `{"Fn::...": ...}`."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in {"Ref", "Condition"} else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", _intrinsic)


@dataclass(frozen=True)
class TemplateRoute:
    """One HttpApi event.

    Attributes:
        function: directory of the function that it leads to.
        path: the gateway's path, `{proxy+}` for any rest.
        method: HTTP method, or ANY.
        public: needs no token.
    """

    function: str
    path: str
    method: str
    public: bool

    @property
    def prefix(self) -> str | None:
        """The prefix of the paths of a greedy route; None for a route of one path."""
        return self.path.removesuffix("{proxy+}") if self.path.endswith("{proxy+}") else None

    def takes(self, method: str, path: str) -> bool:
        if self.method not in {"ANY", method}:
            return False
        if self.prefix is None:
            return path == self.path
        # The rest of the path may be empty: `/api/teams/` belongs to `/api/teams/{proxy+}`.
        return path.startswith(self.prefix)


@cache
def routes() -> tuple[TemplateRoute, ...]:
    """All HttpApi events of all functions."""
    resources = _template()["Resources"]
    return tuple(
        _route(resource["Properties"], event["Properties"])
        for resource in resources.values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "HttpApi"
    )


def serving(method: str, path: str) -> TemplateRoute | None:
    """The route that API Gateway chooses: one of this very path, else the longest greedy one."""
    fitting = [route for route in routes() if route.takes(method, path)]
    return max(fitting, key=lambda route: (route.prefix is None, len(route.path)), default=None)


def default_authorizer() -> Any:
    return _template()["Resources"]["Api"]["Properties"]["Auth"].get("DefaultAuthorizer")


def resources() -> dict[str, Any]:
    """All resources, by their logical ids."""
    return dict(_template()["Resources"])


def outputs() -> dict[str, Any]:
    return dict(_template()["Outputs"])


def _route(function: dict[str, Any], event: dict[str, Any]) -> TemplateRoute:
    return TemplateRoute(
        function["CodeUri"].rpartition("/")[2],
        event["Path"],
        event["Method"].upper(),
        event.get("Auth", {}).get("Authorizer") == "NONE",
    )


@cache
def _template() -> dict[str, Any]:
    loader = Loader((ROOT / "template.yaml").read_text(encoding="utf-8"))
    try:
        return dict(loader.get_single_data())
    finally:
        loader.dispose()
