"""Modules that a function loads at its start: a cold start is mostly imports."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local import handlers

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]

LOADED = {
    "activities": (
        "http platform.dynamodb platform.s3 records records.custom_fields records.history "
        "records.search related related.activities related.documents tenancy "
        "tenancy.members tenancy.teams"
    ),
    "attachments": (
        "http platform.dynamodb platform.s3 records records.search related "
        "related.documents tenancy tenancy.members tenancy.teams"
    ),
    "cases": (
        "http platform.dynamodb platform.s3 records records.custom_fields records.history "
        "records.search related related.activities related.documents sales sales.cases "
        "tenancy tenancy.members tenancy.teams"
    ),
    "custom_fields": (
        "http platform.dynamodb records records.custom_fields tenancy tenancy.members"
    ),
    "deals": (
        "http platform.dynamodb platform.s3 records records.custom_fields records.history "
        "records.search related related.activities related.documents sales sales.deals "
        "sales.pipelines tenancy tenancy.members tenancy.organizations tenancy.teams"
    ),
    "docs": "http platform.dynamodb tenancy tenancy.members",
    "documents": (
        "http platform.dynamodb platform.s3 records records.history records.search related "
        "related.documents tenancy tenancy.members tenancy.teams"
    ),
    "entities": (
        "http platform.dynamodb platform.s3 records records.custom_fields records.history "
        "records.search related related.activities related.documents sales sales.entities "
        "tenancy tenancy.members tenancy.teams"
    ),
    "erasures": (
        "administration administration.erasure http jobs platform.dynamodb platform.s3 "
        "records records.custom_fields records.history records.search related "
        "related.activities related.documents sales sales.entities sales.leads tenancy "
        "tenancy.members tenancy.teams"
    ),
    "exports": (
        "administration administration.exports http jobs platform.dynamodb platform.s3 "
        "records tenancy tenancy.members"
    ),
    "imports": (
        "administration administration.csv administration.imports http jobs "
        "platform.dynamodb platform.s3 records records.custom_fields records.search tenancy "
        "tenancy.members"
    ),
    "leads": (
        "http platform.dynamodb platform.s3 records records.custom_fields records.history "
        "records.search related related.activities related.documents sales sales.deals "
        "sales.entities sales.leads sales.pipelines tenancy tenancy.members "
        "tenancy.organizations tenancy.teams"
    ),
    "me": "http platform.dynamodb tenancy tenancy.me tenancy.members tenancy.organizations",
    "members": "http platform.dynamodb tenancy tenancy.members",
    "notifications": "http platform.dynamodb tenancy tenancy.members tenancy.notifications",
    "organizations": "http platform.dynamodb tenancy tenancy.members tenancy.organizations",
    "pipelines": (
        "http platform.dynamodb platform.s3 records records.custom_fields records.search "
        "related related.activities related.documents sales sales.deals sales.pipelines "
        "sales.reports sales.reports.aggregates tenancy tenancy.members "
        "tenancy.organizations tenancy.teams"
    ),
    "reports": (
        "http platform.dynamodb records related related.activities sales sales.deals "
        "sales.pipelines sales.reports sales.reports.aggregates tenancy tenancy.members"
    ),
    "teams": "http platform.dynamodb records tenancy tenancy.members tenancy.teams",
    "timeline": (
        "http platform.dynamodb platform.s3 records records.custom_fields records.search "
        "related related.activities related.documents sales sales.deals sales.pipelines "
        "sales.timeline tenancy tenancy.members tenancy.organizations tenancy.teams"
    ),
    "webhook_deliveries": "http platform.dynamodb tenancy tenancy.members webhooks",
    "webhook_endpoints": "http platform.dynamodb tenancy tenancy.members webhooks",
    "workflow_executions": (
        "http platform.dynamodb platform.s3 platform.stream records records.custom_fields "
        "records.history records.search related related.activities related.documents "
        "tenancy tenancy.members tenancy.notifications tenancy.teams webhooks workflows "
        "workflows.engine workflows.engine.actions workflows.rules"
    ),
    "workflow_rules": (
        "http platform.dynamodb platform.s3 records records.custom_fields records.search "
        "related related.documents tenancy tenancy.members tenancy.teams webhooks workflows "
        "workflows.engine workflows.rules"
    ),
    "recount": (
        "platform.dynamodb records related related.activities sales sales.deals "
        "sales.reports sales.reports.aggregates tenancy tenancy.organizations"
    ),
    "erasure_worker": "administration administration.erasure",
    "export_worker": (
        "administration administration.archive administration.csv administration.exports "
        "jobs platform.dynamodb platform.s3 records records.archive records.custom_fields "
        "records.history records.search related related.documents sales sales.deals "
        "sales.entities sales.leads sales.pipelines tenancy tenancy.members "
        "tenancy.organizations tenancy.teams webhooks workflows workflows.rules"
    ),
    "import_worker": (
        "administration administration.archive administration.csv administration.imports "
        "jobs platform.dynamodb platform.s3 records records.archive records.custom_fields "
        "records.search related related.activities related.documents sales sales.cases "
        "sales.deals sales.entities sales.leads sales.pipelines sales.reports "
        "sales.reports.aggregates tenancy tenancy.members tenancy.organizations "
        "tenancy.teams webhooks workflows workflows.rules"
    ),
    "webhook_sender": "platform.dynamodb tenancy webhooks",
    "uploads": (
        "administration administration.imports jobs platform.dynamodb platform.s3 records "
        "related related.documents tenancy"
    ),
    "date_rules": (
        "administration administration.erasure platform.dynamodb platform.s3 "
        "platform.stream records records.custom_fields records.history records.search "
        "related related.activities related.documents tenancy tenancy.members "
        "tenancy.notifications tenancy.teams webhooks workflows workflows.engine "
        "workflows.engine.actions workflows.rules"
    ),
    "delayed_actions": (
        "platform.dynamodb platform.s3 platform.stream records records.custom_fields "
        "records.history records.search related related.activities related.documents "
        "tenancy tenancy.members tenancy.notifications tenancy.teams webhooks workflows "
        "workflows.engine workflows.engine.actions workflows.rules"
    ),
    "automation": (
        "platform.dynamodb platform.s3 platform.stream records records.custom_fields "
        "records.history records.search related related.activities related.documents "
        "tenancy tenancy.members tenancy.notifications tenancy.teams webhooks workflows "
        "workflows.engine workflows.engine.actions workflows.rules"
    ),
    "projections": (
        "administration administration.erasure platform.dynamodb platform.s3 "
        "platform.stream projections records records.custom_fields records.history "
        "records.search related related.activities related.documents sales sales.deals "
        "sales.entities sales.leads sales.pipelines sales.reports sales.reports.aggregates "
        "tenancy tenancy.members tenancy.organizations tenancy.teams"
    ),
}
"""The packages of Brook that each function loads, besides those that all of them load."""

COMMON = frozenset(
    [
        "platform",
    ]
)

THIRD_PARTIES = frozenset(
    [
        "annotated_types",
        "aws_lambda_powertools",
        "botocore",
        "dateutil",
        "jmespath",
        "multipart",
        "pydantic",
        "pydantic_core",
        "pynamodb",
        "six",
        "typing_extensions",
        "typing_inspection",
        "urllib3",
        "uuid_utils",
    ]
)
"""Third-party packages that functions may load.

The rest of the layer is imported where it is used, which few requests do.
"""

NEVER = frozenset(
    [
        "asyncio",
        "aws_lambda_powertools.event_handler",
        "pydantic.networks",
        "pynamodb.models",
    ]
)
"""Costly modules of what may be loaded, or of Python, that nothing needs before it is asked."""

UNCOUNTED = frozenset(["crm", "certifi"])
"""Ours, and what botocore takes only where it is installed, which the layer has not."""

LAYER = ROOT / "layers/crm/python"

PACKAGES = {
    ".".join(path.parent.relative_to(LAYER).parts) for path in LAYER.glob("crm/**/__init__.py")
}

LOAD = """
import json, sys
before = set(sys.modules)
import handler
print(json.dumps(sorted(set(sys.modules) - before - {"handler"})))
"""


def loaded(function: str) -> list[str]:
    """The modules that are there once a function's handler has been imported, and not before."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "layers/crm/python")}
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        cwd=handlers.paths()[function].parent,
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    modules: list[str] = json.loads(done.stdout.splitlines()[-1])
    return modules


def package(module: str) -> str:
    """The package of the layer that a module lies in, without `crm.`; a package lies in itself."""
    within = module if module in PACKAGES else module.rpartition(".")[0]
    return within.removeprefix("crm.")


@pytest.mark.parametrize("function", sorted(handlers.paths()))
def test_a_function_loads_what_it_needs(function: str) -> None:
    modules = loaded(function)
    packages = {package(name) for name in modules if name.startswith("crm.")}
    assert packages == COMMON | set(LOADED[function].split())
    others = {name.partition(".")[0] for name in modules if not name.startswith("_sysconfigdata")}
    others -= sys.stdlib_module_names | UNCOUNTED
    assert others <= THIRD_PARTIES
    assert NEVER.isdisjoint(modules)
