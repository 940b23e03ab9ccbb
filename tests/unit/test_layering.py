"""functions → web, <feature>.service → store: who may import whom, read from the source."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers/crm/python"

FEATURES = {
    "activities",
    "attachments",
    "cases",
    "custom_fields",
    "deals",
    "documents",
    "entities",
    "erasures",
    "exports",
    "history",
    "imports",
    "leads",
    "me",
    "members",
    "notifications",
    "organizations",
    "pipelines",
    "reports",
    "teams",
    "timeline",
    "webhooks",
    "workflows",
}
AWS = {"aws_lambda_powertools", "boto3", "botocore", "pynamodb"}

PURE = [
    "crm.access",
    "crm.clock",
    "crm.custom_fields.values",
    "crm.decimals",
    "crm.documents.types",
    "crm.entities.normal_forms",
    "crm.errors",
    "crm.fields",
    "crm.ids",
    "crm.money",
    "crm.people",
    "crm.reports.charts",
    "crm.search.text",
    "crm.store.keys",
    "crm.store.lists",
    "crm.store.turns",
    "crm.sums.names",
    "crm.sums.scopes",
    "crm.tabular.columns",
    "crm.tabular.reading",
    "crm.tabular.writing",
    "crm.validation",
    "crm.webhooks.addresses",
    "crm.webhooks.backoff",
    "crm.webhooks.signatures",
    "crm.webhooks.urls",
    "crm.web.cursor",
    "crm.web.json",
    "crm.web.negotiation",
    "crm.workflows.catalogue",
    "crm.workflows.checking",
    "crm.workflows.conditions",
    "crm.workflows.dry_run",
    "crm.workflows.operators",
    "crm.workflows.placeholders",
    "crm.workflows.values",
    "crm.patch",
]

HANDLED = {
    "deals": {"moves", "surroundings"},
    "delivery": {"worker"},
    "documents": {"files"},
    "entities": {"duplicates", "merging", "parts", "relationships"},
    "exporting": {"worker"},
    "importing": {"worker"},
    "leads": {"conversion"},
    "organizations": {"deletion"},
    "pipelines": {"board", "sweeping"},
    "projections": {"cleanup", "conversion", "deletion", "sweeping"},
    "reports": {"charts"},
    "uploads": {"arriving", "uploads"},
    "webhook_deliveries": {"deliveries"},
    "webhook_endpoints": {"deliveries"},
    "workflow_rules": {"surroundings"},
}
"""What a handler asks of a feature besides its `service` and `schemas`."""


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(LAYER).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in sorted(LAYER.rglob("*.py"))}
HANDLERS = {path.parent.name: path for path in sorted(ROOT.glob("functions/*/handler.py"))}


@cache
def imports(path: Path) -> frozenset[str]:
    """The modules that a file imports, wherever in it the import stands."""
    return frozenset(_imports(ast.parse(path.read_text())))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module


def reached(module: str) -> set[str]:
    """All modules that an import of one brings along."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        path = MODULES.get(waiting.pop())
        new = imports(path) - found if path else frozenset()
        found |= new
        waiting += new
    return found


def feature(module: str) -> str | None:
    """The feature that a module belongs to."""
    pieces = module.split(".")
    return pieces[1] if len(pieces) > 1 and pieces[1] in FEATURES else None


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def of_feature() -> list[str]:
    return [module for module in MODULES if feature(module)]


def test_the_features_are_the_packages_with_schemas() -> None:
    packages = {module.split(".")[1] for module in MODULES if module.endswith(".schemas")}
    assert packages == FEATURES


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_knows_the_web_and_its_features(name: str) -> None:
    """No boto3, no tables, no logic of its own to need them for."""
    infrastructure = {
        "crm.automation.due",
        "crm.automation.engine",
        "crm.automation.executions",
        "crm.automation.log",
        "crm.erasing.derived",
        "crm.erasing.ledger",
        "crm.erasing.pending",
        "crm.erasing.projected",
        "crm.erasing.tombstones",
        "crm.erasing.worker",
        "crm.errors",
        "crm.fields",
        "crm.jobs.service",
        "crm.kinds",
        "crm.logs",
        "crm.owned.belongings",
        "crm.owned.service",
        "crm.patch",
        "crm.sharing",
        "crm.search.index",
        "crm.sums.following",
        "crm.sums.recounting",
        "crm.sums.service",
    }
    allowed = {"service", "schemas"} | HANDLED.get(name, set())
    offending = {
        module
        for module in imports(HANDLERS[name])
        if module.partition(".")[0] in AWS - {"aws_lambda_powertools"}
        or within(module, "crm.store")
        or (feature(module) and module.split(".")[2:3] not in [[one] for one in allowed])
        or (
            within(module, "crm")
            and not feature(module)
            and not within(module, "crm.web")
            and not within(module, "crm.stream")
            and module not in infrastructure
        )
    }
    assert offending == set()


@pytest.mark.parametrize("module", [one for one in MODULES if within(one, "crm.store")])
def test_the_store_knows_no_http_and_no_feature(module: str) -> None:
    offending = {one for one in imports(MODULES[module]) if within(one, "crm.web") or feature(one)}
    assert offending == set()


@pytest.mark.parametrize("module", of_feature())
def test_a_feature_knows_no_http(module: str) -> None:
    """A service sees no event, a schema no request."""
    assert {one for one in imports(MODULES[module]) if within(one, "crm.web")} == set()


@pytest.mark.parametrize("module", of_feature())
def test_a_feature_meets_another_by_its_service(module: str) -> None:
    offending = {
        one
        for one in imports(MODULES[module])
        if feature(one) not in {None, feature(module)} and one.split(".")[2:] != ["service"]
    }
    assert offending == set()


@pytest.mark.parametrize("module", PURE)
def test_what_is_pure_brings_no_aws_code_along(module: str) -> None:
    assert module in MODULES
    offending = {one for one in reached(module) if one.partition(".")[0] in AWS}
    assert offending == set()


def test_boto3_is_met_where_the_service_is_spoken_to() -> None:
    """A cold start is mostly imports: a client belongs to one module, and is made on first use."""
    importing = {
        module
        for module, path in MODULES.items()
        if {one.partition(".")[0] for one in imports(path)} & {"boto3"}
    }
    assert importing == {"crm.aws", "crm.directory"}
