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
        "search teams uploading"
    ),
    "attachments": "attachments documents files members owned search teams uploading",
    "automation": (
        "activities attachments automation cases custom_fields deals documents "
        "entities erasing files history leads members messages money notifications "
        "organizations owned pipelines search stream teams uploading webhooks "
        "workflows"
    ),
    "cases": (
        "activities attachments cases custom_fields documents files history members "
        "owned search teams uploading"
    ),
    "custom_fields": "custom_fields members",
    "deals": (
        "activities attachments custom_fields deals documents files history members "
        "money organizations owned pipelines search teams uploading"
    ),
    "delivery": "messages webhooks",
    "docs": "members",
    "documents": "attachments documents files history members owned search teams uploading",
    "due": (
        "activities attachments automation cases custom_fields deals documents "
        "entities erasing files history leads members messages money notifications "
        "organizations owned pipelines search stream teams uploading webhooks "
        "workflows"
    ),
    "entities": (
        "activities attachments cases custom_fields deals documents entities files "
        "history members money organizations owned pipelines search teams uploading"
    ),
    "erasing": "erasing",
    "erasures": (
        "activities attachments cases custom_fields deals documents entities erasing "
        "erasures files history jobs leads members messages money organizations owned "
        "pipelines search teams uploading"
    ),
    "exporting": (
        "activities archive attachments cases custom_fields deals documents entities "
        "exports files history jobs leads members messages money organizations owned "
        "pipelines search sums tabular teams uploading webhooks workflows"
    ),
    "exports": (
        "activities attachments cases custom_fields deals documents entities exports "
        "files jobs leads members messages money organizations owned pipelines search "
        "teams uploading"
    ),
    "importing": (
        "activities archive attachments cases custom_fields deals documents entities "
        "files history imports jobs leads members messages money organizations owned "
        "pipelines search sums tabular teams uploading webhooks workflows"
    ),
    "imports": "custom_fields files imports jobs members messages search tabular uploading",
    "leads": (
        "activities attachments custom_fields deals documents entities files history "
        "leads members money organizations owned pipelines search teams uploading"
    ),
    "me": "me members organizations pipelines",
    "members": "members",
    "notifications": "members notifications",
    "organizations": "erasing members messages organizations pipelines sums",
    "pipelines": (
        "activities attachments custom_fields deals documents files members money "
        "organizations owned pipelines search sums teams uploading"
    ),
    "projections": (
        "activities attachments cases custom_fields deals documents entities erasing "
        "files history leads members money organizations owned pipelines search stream "
        "sums teams uploading"
    ),
    "recount": "activities deals money organizations owned sums",
    "reports": "activities deals members money owned pipelines reports sums",
    "teams": "members owned teams",
    "timeline": (
        "activities attachments custom_fields deals documents files members money "
        "organizations owned pipelines search teams timeline uploading"
    ),
    "timers": (
        "activities attachments automation cases custom_fields deals documents "
        "entities erasing files history leads members messages money notifications "
        "organizations owned pipelines search stream teams uploading webhooks "
        "workflows"
    ),
    "uploads": "documents files imports jobs messages uploading",
    "webhook_deliveries": "members messages webhooks",
    "webhook_endpoints": "members messages webhooks",
    "workflow_executions": (
        "activities attachments automation cases custom_fields deals documents "
        "entities erasing files history leads members messages money notifications "
        "organizations owned pipelines search stream teams uploading webhooks "
        "workflows"
    ),
    "workflow_rules": (
        "attachments automation custom_fields documents files members messages money "
        "owned search teams uploading webhooks workflows"
    ),
}
"""The packages of Brook that each function may load, besides those that all of them need."""

COMMON = frozenset(
    [
        "access",
        "attached",
        "aws",
        "clock",
        "config",
        "decimals",
        "directory",
        "errors",
        "fields",
        "ids",
        "kinds",
        "logs",
        "patch",
        "people",
        "sharing",
        "store",
        "validation",
        "web",
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


@pytest.mark.parametrize(
    "function", sorted(path.parent.name for path in ROOT.glob("functions/*/handler.py"))
)
def test_a_function_loads_what_it_needs(function: str) -> None:
    modules = loaded(function)
    packages = {name.split(".")[1] for name in modules if name.startswith("crm.")}
    assert packages - COMMON == set(LOADED[function].split())
    others = {name.partition(".")[0] for name in modules if not name.startswith("_sysconfigdata")}
    others -= sys.stdlib_module_names | UNCOUNTED
    assert others <= THIRD_PARTIES
    assert NEVER.isdisjoint(modules)
