"""Floors: a module imports only from its own floor and from floors below, read from the source."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers/crm/python"

FLOORS = [
    ["functions"],
    ["crm.http"],
    ["crm.administration"],
    ["crm.workflows"],
    ["crm.sales"],
    ["crm.related"],
    ["crm.records"],
    ["crm.jobs", "crm.webhooks"],
    ["crm.tenancy"],
    ["crm.platform"],
]
"""The floors from the top, each with its packages and modules. The longest fitting name counts."""

UPWARDS = {
    ("crm.tenancy.organizations.service", "crm.sales.pipelines.service"),
    ("crm.tenancy.teams.service", "crm.records.registry"),
    ("crm.tenancy.teams.service", "crm.records.shared_record"),
    ("crm.records.registry", "crm.related.activities.schemas"),
    ("crm.records.registry", "crm.sales.cases.schemas"),
    ("crm.records.registry", "crm.sales.deals.schemas"),
    ("crm.records.registry", "crm.sales.entities.schemas"),
    ("crm.records.registry", "crm.sales.leads.schemas"),
    ("crm.records.registry", "crm.related.documents.attachment_schemas"),
    ("crm.records.registry", "crm.related.documents.schemas"),
    ("crm.records.registry", "crm.sales.pipelines.schemas"),
    ("crm.records.registry", "crm.workflows.rules.schemas"),
}
"""Imports that go upwards still."""

AWS = {"aws_lambda_powertools", "boto3", "botocore", "pynamodb"}

PURE = [
    "crm.tenancy.permissions",
    "crm.platform.clock",
    "crm.records.custom_fields.values",
    "crm.platform.decimals",
    "crm.related.documents.types",
    "crm.sales.entities.normalization",
    "crm.platform.errors",
    "crm.platform.fields",
    "crm.platform.ids",
    "crm.platform.money",
    "crm.tenancy.profiles",
    "crm.sales.reports.charts",
    "crm.records.search.text",
    "crm.platform.dynamodb.keys",
    "crm.platform.dynamodb.lists",
    "crm.platform.dynamodb.keyed_locks",
    "crm.sales.reports.aggregates.names",
    "crm.sales.reports.aggregates.scopes",
    "crm.administration.csv.columns",
    "crm.administration.csv.reader",
    "crm.administration.csv.writer",
    "crm.platform.validation",
    "crm.webhooks.addresses",
    "crm.webhooks.backoff",
    "crm.webhooks.signatures",
    "crm.webhooks.urls",
    "crm.http.cursor",
    "crm.platform.json",
    "crm.http.negotiation",
    "crm.workflows.rules.catalogue",
    "crm.workflows.rules.checks",
    "crm.workflows.rules.conditions",
    "crm.workflows.rules.dry_run",
    "crm.workflows.rules.operators",
    "crm.workflows.rules.placeholders",
    "crm.workflows.rules.values",
    "crm.platform.merge_patch",
]

MODULE = re.compile(r"crm(\.\w+)+")


def module_name(path: Path, base: Path) -> str:
    return ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")


MODULES = {
    **{module_name(path, LAYER): path for path in sorted(LAYER.rglob("*.py"))},
    **{module_name(path, ROOT): path for path in sorted(ROOT.glob("functions/**/*.py"))},
}
HANDLERS = sorted(name for name in MODULES if name.startswith("functions."))


@cache
def imports(module: str) -> frozenset[str]:
    """The modules that a module imports anywhere in it, or names in a string."""
    return frozenset(_imports(ast.parse(MODULES[module].read_text())))


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
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            named, _, _ = node.value.partition(":")
            if MODULE.fullmatch(named) and named in MODULES:
                yield named


def reached(module: str) -> set[str]:
    """All modules that an import of one brings along."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        new = imports(name) - found if name in MODULES else frozenset()
        found |= new
        waiting += new
    return found


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def fits(module: str, listed: str) -> bool:
    """Whether a name of the list stands for a module; `<package>.__init__` for itself alone."""
    return within(module, listed) or f"{module}.__init__" == listed


@cache
def floor(module: str) -> int:
    """How many floors are above a module; -1 for one on no floor, which nothing may import."""
    found = {
        len(listed): number
        for number, names in enumerate(FLOORS)
        for listed in names
        if fits(module, listed)
    }
    return found[max(found)] if found else -1


def test_every_module_lies_on_a_floor() -> None:
    assert {module for module in MODULES if floor(module) < 0} == {"crm"}


def test_every_name_of_the_list_stands_for_a_module() -> None:
    listed = {name for names in FLOORS for name in names}
    assert {name for name in listed if not any(fits(one, name) for one in MODULES)} == set()


def test_no_import_goes_upwards() -> None:
    found = {
        (module, one)
        for module in MODULES
        for one in imports(module) & MODULES.keys()
        if one != "crm" and floor(one) < floor(module)
    }
    assert found == UPWARDS


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_speaks_to_no_aws_service(handler: str) -> None:
    """No client and no table: a service does what a handler asks for."""
    offending = {
        one
        for one in imports(handler)
        if one.partition(".")[0] in AWS - {"aws_lambda_powertools"}
        or within(one, "crm.platform.dynamodb")
    }
    assert offending == set()


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_brings_no_aws_code_along(module: str) -> None:
    assert module in MODULES
    offending = {one for one in reached(module) if one.partition(".")[0] in AWS}
    assert offending == set()


def test_boto3_is_imported_where_a_client_is_made() -> None:
    """A cold start is mostly imports: a client belongs to one module, and is made on first use."""
    importing = {module for module in MODULES if "boto3" in imports(module)}
    assert importing == {"crm.platform.aws", "crm.tenancy.user_pool"}
