"""What a function loads before it can be asked anything: a cold start is mostly imports."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]

LOADED = {
    "activities": (
        "activities attachments custom_fields documents files history members owned "
        "search store teams web"
    ),
    "attachments": "attachments documents files members owned search store teams web",
    "automation": (
        "activities attachments automation automation.actions cases custom_fields deals "
        "documents entities erasing files history leads members notifications "
        "organizations owned pipelines search store stream teams webhooks workflows"
    ),
    "cases": (
        "activities attachments cases custom_fields documents files history members "
        "owned search store teams web"
    ),
    "custom_fields": "custom_fields members store web",
    "deals": (
        "activities attachments custom_fields deals documents files history members "
        "organizations owned pipelines search store teams web"
    ),
    "delivery": "store webhooks",
    "docs": "members store web",
    "documents": "attachments documents files history members owned search store teams web",
    "due": (
        "activities attachments automation automation.actions cases custom_fields deals "
        "documents entities erasing files history leads members notifications "
        "organizations owned pipelines search store stream teams webhooks workflows"
    ),
    "entities": (
        "activities attachments cases custom_fields deals documents entities files "
        "history members organizations owned pipelines search store teams web"
    ),
    "erasing": "erasing",
    "erasures": (
        "activities attachments cases custom_fields deals documents entities erasing "
        "erasures files history jobs leads members organizations owned pipelines search "
        "store teams web"
    ),
    "exporting": (
        "activities archive attachments cases custom_fields deals documents entities "
        "exports files history jobs leads members organizations owned pipelines search "
        "store sums tabular teams web webhooks workflows"
    ),
    "exports": (
        "activities attachments cases custom_fields deals documents entities exports "
        "files jobs leads members organizations owned pipelines search store teams web"
    ),
    "importing": (
        "activities archive attachments cases custom_fields deals documents entities "
        "files history imports jobs leads members organizations owned pipelines search "
        "store sums tabular teams web webhooks workflows"
    ),
    "imports": "custom_fields files imports jobs members search store tabular web",
    "leads": (
        "activities attachments custom_fields deals documents entities files history "
        "leads members organizations owned pipelines search store teams web"
    ),
    "me": "me members organizations pipelines store web",
    "members": "members store web",
    "notifications": "members notifications store web",
    "organizations": "erasing members organizations pipelines store sums web",
    "pipelines": (
        "activities attachments custom_fields deals documents files members "
        "organizations owned pipelines search store sums teams web"
    ),
    "projections": (
        "activities attachments cases custom_fields deals documents entities erasing "
        "files history leads members organizations owned pipelines search store stream "
        "sums teams"
    ),
    "recount": "activities deals organizations owned store sums",
    "reports": "activities deals members owned pipelines reports store sums web",
    "teams": "members owned store teams web",
    "timeline": (
        "activities attachments custom_fields deals documents files members "
        "organizations owned pipelines search store teams timeline web"
    ),
    "timers": (
        "activities attachments automation automation.actions cases custom_fields deals "
        "documents entities erasing files history leads members notifications "
        "organizations owned pipelines search store stream teams webhooks workflows"
    ),
    "uploads": "documents files imports jobs store",
    "webhook_deliveries": "members store web webhooks",
    "webhook_endpoints": "members store web webhooks",
    "workflow_executions": (
        "activities attachments automation automation.actions cases custom_fields deals "
        "documents entities erasing files history leads members notifications "
        "organizations owned pipelines search store stream teams web webhooks workflows"
    ),
    "workflow_rules": (
        "attachments automation custom_fields documents files members owned search "
        "store teams web webhooks workflows"
    ),
}
"""The packages of Brook that each function loads, besides those that all of them load."""

COMMON = frozenset(
    [
        "crm",
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
"""What functions may load of other people's packages.

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
        cwd=ROOT / "functions" / function,
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


@pytest.mark.parametrize(
    "function", sorted(path.parent.name for path in ROOT.glob("functions/*/handler.py"))
)
def test_a_function_loads_what_it_needs(function: str) -> None:
    modules = loaded(function)
    packages = {package(name) for name in modules if name.startswith("crm.")}
    assert packages == COMMON | set(LOADED[function].split())
    others = {name.partition(".")[0] for name in modules if not name.startswith("_sysconfigdata")}
    others -= sys.stdlib_module_names | UNCOUNTED
    assert others <= THIRD_PARTIES
    assert NEVER.isdisjoint(modules)
