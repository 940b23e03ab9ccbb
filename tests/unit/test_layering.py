"""Floors: a module imports only from its own floor and from floors below, read from the source."""

from functools import cache

import pytest

from local.settings import ROOT
from tools.structure import Tree

FLOORS = [
    ["functions"],
    ["crm.projections", "crm.http"],
    [
        "crm.administration.tenants",
        "crm.administration.erasure",
        "crm.administration.imports",
        "crm.administration.exports",
        "crm.administration.archive",
        "crm.administration.csv",
        "crm.administration",
    ],
    ["crm.workflows.engine", "crm.workflows.rules", "crm.workflows"],
    [
        "crm.sales.reports",
        "crm.sales.timeline",
        "crm.sales.leads",
        "crm.sales.entities",
        "crm.sales.deals",
        "crm.sales.pipelines",
        "crm.sales.cases",
        "crm.sales",
    ],
    ["crm.related", "crm.related.activities", "crm.related.documents"],
    [
        "crm.records.archive",
        "crm.records",
        "crm.records.custom_fields",
        "crm.records.history",
        "crm.records.search",
        "crm.records.registry",
        "crm.records.owned_record",
        "crm.records.shared_record",
    ],
    ["crm.webhooks", "crm.jobs"],
    [
        "crm.tenancy.me",
        "crm.tenancy.notifications",
        "crm.tenancy.teams",
        "crm.tenancy.organizations",
        "crm.tenancy.members",
        "crm.tenancy",
    ],
    ["crm.platform.stream", "crm.platform.s3", "crm.platform.dynamodb", "crm.platform"],
]
"""The floors from the top, each with its packages from the top.

A module imports from its own package, from packages that follow it on its floor, and from floors
below. The longest name that fits a module counts.
"""

REGISTRY = "crm.records.registry"
"""Names the modules of the record kinds in strings, and imports none of them."""

AWS = {"aws_lambda_powertools", "boto3", "botocore", "pynamodb"}

PURE = [
    "crm.tenancy.permissions",
    "crm.platform.clock",
    "crm.records.custom_fields.values",
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

TREE = Tree.of(ROOT)
HANDLERS = sorted(name for name in TREE.modules if name.startswith("functions."))


@cache
def imports(module: str) -> frozenset[str]:
    """The modules that a module imports, or names in a string; the registry may name them."""
    named = set() if module == REGISTRY else TREE.named(module)
    return frozenset(TREE.imported(module) | named)


def reached(module: str) -> set[str]:
    """All modules that an import of one brings along."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        new = imports(name) - found if name in TREE.modules else frozenset()
        found |= new
        waiting += new
    return found


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@cache
def place(module: str) -> tuple[int, int] | None:
    """Floor and package of a module, counted from the top; None if the list does not name it."""
    found = {
        name: (floor, package)
        for floor, names in enumerate(FLOORS)
        for package, name in enumerate(names)
        if within(module, name)
    }
    return found[max(found, key=len)] if found else None


def test_every_module_lies_on_a_floor() -> None:
    assert {module for module in TREE.modules if place(module) is None} == {"crm"}


def test_every_name_of_the_list_is_a_package() -> None:
    listed = {name for names in FLOORS for name in names}
    assert listed <= TREE.modules.keys() | {"functions"}


def test_no_import_goes_upwards() -> None:
    upwards = {
        (module, one)
        for module in TREE.modules
        for one in imports(module) & TREE.modules.keys()
        if "crm" not in {module, one} and (place(one) or ()) < (place(module) or ())
    }
    assert upwards == set()


def test_imports_are_absolute() -> None:
    assert {module for module in TREE.modules if "" in TREE.imported(module)} == set()


def test_modules_are_nouns() -> None:
    """A name in -ing is a noun of the field, or it is another word."""
    found = {module.rpartition(".")[2] for module in TREE.modules if module.endswith("ing")}
    assert found == {"logging", "provisioning"}


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
    assert module in TREE.modules
    offending = {one for one in reached(module) if one.partition(".")[0] in AWS}
    assert offending == set()


def test_boto3_is_imported_where_a_client_is_made() -> None:
    """A cold start is mostly imports: a client belongs to one module, and is made on first use."""
    importing = {module for module in TREE.modules if "boto3" in imports(module)}
    assert importing == {"crm.platform.aws", "crm.tenancy.user_pool"}
