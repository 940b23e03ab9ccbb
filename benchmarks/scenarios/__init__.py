"""What is asked of each route. A route that has no line here fails the benchmark by its name.

A scenario's request is made anew for each measurement, together with all that it needs: what is
deleted was made for that, and none of this is measured.
"""

from collections.abc import Iterable, Sequence

from benchmarks.functions import Function, name_of
from benchmarks.scenarios import (
    activities,
    attachments,
    automation,
    cases,
    custom_fields,
    deals,
    deliveries,
    documents,
    entities,
    erasures,
    exports,
    imports,
    leads,
    organizations,
    pipelines,
    reports,
    webhooks,
    workflows,
)
from benchmarks.scenarios.scenario import Scenario as Scenario

SCENARIOS: Sequence[Scenario] = [
    *organizations.SCENARIOS,
    *documents.SCENARIOS,
    *custom_fields.SCENARIOS,
    *entities.SCENARIOS,
    *pipelines.SCENARIOS,
    *deals.SCENARIOS,
    *leads.SCENARIOS,
    *cases.SCENARIOS,
    *activities.SCENARIOS,
    *attachments.SCENARIOS,
    *reports.SCENARIOS,
    *workflows.SCENARIOS,
    *webhooks.SCENARIOS,
    *deliveries.SCENARIOS,
    *automation.SCENARIOS,
    *imports.SCENARIOS,
    *exports.SCENARIOS,
    *erasures.SCENARIOS,
]


def unmatched(functions: Iterable[Function]) -> list[str]:
    """What the table lacks, and what it has for nothing."""
    routes = {name_of(route) for function in functions for route in function.routes}
    others = {f"{function.name}:" for function in functions if not function.routes}
    asked = {one.name for one in SCENARIOS}
    served = {f"{name.partition(':')[0]}:" for name in asked}
    missing = sorted((routes - asked) | (others - served))
    left_over = sorted(
        name for name in asked - routes if f"{name.partition(':')[0]}:" not in others
    )
    return [f"no scenario for {name}" for name in missing] + [
        f"a scenario for {name}, which is gone" for name in left_over
    ]
