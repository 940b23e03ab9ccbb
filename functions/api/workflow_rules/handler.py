"""/api/workflow-rules"""

from typing import Any

from crm.http.app import App
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.resource_routes import ResourceRoutes
from crm.http.response import Response
from crm.platform.fields import PageQuery
from crm.platform.merge_patch import Patch
from crm.tenancy.permissions import Caller
from crm.workflows.engine import execution_log
from crm.workflows.engine.executions import ExecutionAnswer
from crm.workflows.rules import context, service
from crm.workflows.rules.schemas import (
    RuleTest,
    RuleTestResult,
    WorkflowRule,
    WorkflowRuleQuery,
    WorkflowRuleWrite,
)

app = App()


class RuleRoutes(ResourceRoutes[WorkflowRule, WorkflowRuleWrite]):
    """Routes of rules: what a rule is checked against is read in parallel to the rule."""

    def read_ahead(
        self, caller: Caller, record_id: str, body: WorkflowRuleWrite
    ) -> tuple[Any, ...]:
        return context.read_ahead(caller, record_id, body)

    def body_of(self, old: WorkflowRule, changes: Patch[WorkflowRuleWrite]) -> WorkflowRule:
        return service.standing(old, changes.changes("conditions"))


RuleRoutes(
    app,
    service,
    WorkflowRule,
    body=WorkflowRuleWrite,
    query=WorkflowRuleQuery,
    only_stages=True,
    summaries={
        "create": """Make a rule for all records of a type. Admins only.

            Conditions are `{"all": [...]}`, `{"any": [...]}`, `{"not": ...}` or a field with its
            operator and value; left out or empty, they are true. `equals` and its like are exact;
            `contains`, `starts_with` and `ends_with` pass over case and accents; a day is equal to
            each moment of it in UTC. A value may be `{"field": "other"}` or
            `{"relative_date": "+7d"}`, with h, d, w, m or y. Texts of actions may hold placeholders
            such as `{{record.name}}`.
            """,
        "list": "The organization's rules, newest first.",
        "read": "One rule.",
        "replace": "Change a rule as a whole. Admins only.",
        "update": (
            "Change a rule in part; conditions and actions, if named, as a whole. Admins only."
        ),
        "delete": "Delete a rule. Admins only.",
    },
)


@app.post(
    "/api/workflow-rules/<workflow_rule_id>/test",
    body=RuleTest,
    answer=RuleTestResult,
    status=200,
)
def test_workflow_rule(request: Request, workflow_rule_id: str, body: RuleTest) -> Response:
    """Try a rule out on a record, or on how one was before and after: nothing is done.

    A record is looked at as if all that it holds had just been written. The trace says what came
    out of each condition, and which of them decided.
    """
    rule = service.find(request.caller, workflow_rule_id)
    return Response(200, service.try_out(request.caller, rule, body))


@app.get(
    "/api/workflow-rules/<workflow_rule_id>/executions",
    query=PageQuery,
    answer=ExecutionAnswer,
    listed=True,
)
def list_rule_executions(request: Request, workflow_rule_id: str, query: PageQuery) -> Response:
    """What the rule did, newest first. Admins only: it tells of everybody's records."""
    return page(
        request,
        query,
        execution_log.of_rule(request.caller, workflow_rule_id),
        lambda entries: execution_log.rows(request.caller, entries),
        lambda: execution_log.require_rule(request.caller, workflow_rule_id),
    )


handler = app
