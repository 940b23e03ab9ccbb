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
        "activities attachments crm custom_fields documents history members owned "
        "platform.dynamodb platform.s3 search teams web"
    ),
    "attachments": (
        "attachments crm documents members owned platform.dynamodb platform.s3 search teams web"
    ),
    "automation": (
        "activities attachments automation automation.actions cases crm custom_fields "
        "deals documents entities erasing history leads members notifications "
        "organizations owned pipelines platform.dynamodb platform.s3 platform.stream "
        "search teams webhooks workflows"
    ),
    "cases": (
        "activities attachments cases crm custom_fields documents history members owned "
        "platform.dynamodb platform.s3 search teams web"
    ),
    "custom_fields": "crm custom_fields members platform.dynamodb web",
    "deals": (
        "activities attachments crm custom_fields deals documents history members "
        "organizations owned pipelines platform.dynamodb platform.s3 search teams web"
    ),
    "delivery": "crm platform.dynamodb webhooks",
    "docs": "crm members platform.dynamodb web",
    "documents": (
        "attachments crm documents history members owned platform.dynamodb platform.s3 "
        "search teams web"
    ),
    "due": (
        "activities attachments automation automation.actions cases crm custom_fields "
        "deals documents entities erasing history leads members notifications "
        "organizations owned pipelines platform.dynamodb platform.s3 platform.stream "
        "search teams webhooks workflows"
    ),
    "entities": (
        "activities attachments cases crm custom_fields deals documents entities "
        "history members organizations owned pipelines platform.dynamodb platform.s3 "
        "search teams web"
    ),
    "erasing": "erasing",
    "erasures": (
        "activities attachments cases crm custom_fields deals documents entities "
        "erasing erasures history jobs leads members organizations owned pipelines "
        "platform.dynamodb platform.s3 search teams web"
    ),
    "exporting": (
        "activities archive attachments cases crm custom_fields deals documents "
        "entities exports history jobs leads members organizations owned pipelines "
        "platform.dynamodb platform.s3 search sums tabular teams webhooks workflows"
    ),
    "exports": (
        "activities attachments cases crm custom_fields deals documents entities "
        "exports jobs leads members organizations owned pipelines platform.dynamodb "
        "platform.s3 search teams web"
    ),
    "importing": (
        "activities archive attachments cases crm custom_fields deals documents "
        "entities history imports jobs leads members organizations owned pipelines "
        "platform.dynamodb platform.s3 search sums tabular teams webhooks workflows"
    ),
    "imports": (
        "crm custom_fields imports jobs members platform.dynamodb platform.s3 search tabular web"
    ),
    "leads": (
        "activities attachments crm custom_fields deals documents entities history "
        "leads members organizations owned pipelines platform.dynamodb platform.s3 "
        "search teams web"
    ),
    "me": "crm me members organizations pipelines platform.dynamodb web",
    "members": "crm members platform.dynamodb web",
    "notifications": "crm members notifications platform.dynamodb web",
    "organizations": "crm erasing members organizations pipelines platform.dynamodb sums web",
    "pipelines": (
        "activities attachments crm custom_fields deals documents members organizations "
        "owned pipelines platform.dynamodb platform.s3 search sums teams web"
    ),
    "projections": (
        "activities attachments cases crm custom_fields deals documents entities "
        "erasing history leads members organizations owned pipelines platform.dynamodb "
        "platform.s3 platform.stream search sums teams"
    ),
    "recount": "activities crm deals organizations owned platform.dynamodb sums",
    "reports": ("activities crm deals members owned pipelines platform.dynamodb reports sums web"),
    "teams": "crm members owned platform.dynamodb teams web",
    "timeline": (
        "activities attachments crm custom_fields deals documents members organizations "
        "owned pipelines platform.dynamodb platform.s3 search teams timeline web"
    ),
    "timers": (
        "activities attachments automation automation.actions cases crm custom_fields "
        "deals documents entities erasing history leads members notifications "
        "organizations owned pipelines platform.dynamodb platform.s3 platform.stream "
        "search teams webhooks workflows"
    ),
    "uploads": "crm documents imports jobs platform.dynamodb platform.s3",
    "webhook_deliveries": "crm members platform.dynamodb web webhooks",
    "webhook_endpoints": "crm members platform.dynamodb web webhooks",
    "workflow_executions": (
        "activities attachments automation automation.actions cases crm custom_fields "
        "deals documents entities erasing history leads members notifications "
        "organizations owned pipelines platform.dynamodb platform.s3 platform.stream "
        "search teams web webhooks workflows"
    ),
    "workflow_rules": (
        "attachments automation crm custom_fields documents members owned "
        "platform.dynamodb platform.s3 search teams web webhooks workflows"
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
