"""/api/workflow-rules"""

from crm.http.app import App
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.response import Response, created, no_content, ok
from crm.platform.fields import PageQuery
from crm.platform.merge_patch import Patch
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


@app.post("/api/workflow-rules", body=WorkflowRuleWrite, answer=WorkflowRule, only_stages=True)
def create_workflow_rule(request: Request, body: WorkflowRuleWrite) -> Response:
    """Make a rule for all records of a type. Admins only.

    Conditions are `{"all": [...]}`, `{"any": [...]}`, `{"not": ...}` or a field with its operator
    and value; left out or empty, they are true. `equals` and its like are exact; `contains`,
    `starts_with` and `ends_with` pass over case and accents; a day is equal to each moment of it in
    UTC. A value may be `{"field": "other"}` or `{"relative_date": "+7d"}`, with h, d, w, m or y.
    Texts of actions may hold placeholders such as `{{record.name}}`.
    """
    made = service.create(request.transaction, request.caller, request.new_id, body)
    return created(f"/api/workflow-rules/{made.id}", made, made.answer())


@app.get("/api/workflow-rules", query=WorkflowRuleQuery, answer=WorkflowRule, listed=True)
def list_workflow_rules(request: Request, query: WorkflowRuleQuery) -> Response:
    """The organization's rules, newest first."""
    return page(
        request,
        query,
        service.search(request.caller, query),
        lambda entries: service.rows(request.caller, entries),
    )


@app.get("/api/workflow-rules/<workflow_rule_id>", answer=WorkflowRule)
def read_workflow_rule(request: Request, workflow_rule_id: str) -> Response:
    """One rule."""
    found = service.find(request.caller, workflow_rule_id)
    return ok(found, found.answer())


@app.put("/api/workflow-rules/<workflow_rule_id>", body=WorkflowRuleWrite, answer=WorkflowRule)
def replace_workflow_rule(
    request: Request, workflow_rule_id: str, body: WorkflowRuleWrite
) -> Response:
    """Change a rule as a whole. Admins only."""
    place, around = context.read_ahead(request.caller, workflow_rule_id, body)
    old = service.find(request.caller, workflow_rule_id)
    request.require_match(old)
    new = service.update(request.transaction, request.caller, old, body, place, around)
    return ok(new, new.answer())


@app.patch("/api/workflow-rules/<workflow_rule_id>", body=WorkflowRuleWrite, answer=WorkflowRule)
def update_workflow_rule(
    request: Request, workflow_rule_id: str, body: Patch[WorkflowRuleWrite]
) -> Response:
    """Change a rule in part; conditions and actions, if named, as a whole. Admins only."""
    old = service.find(request.caller, workflow_rule_id)
    request.require_match(old)
    whole = body.over(service.standing(old, body.changes("conditions")))
    place = context.place(request.caller, old.id, whole)
    around = context.of_body(request.caller, whole)
    new = service.update(request.transaction, request.caller, old, whole, place, around)
    return ok(new, new.answer())


@app.delete("/api/workflow-rules/<workflow_rule_id>")
def delete_workflow_rule(request: Request, workflow_rule_id: str) -> Response:
    """Delete a rule. Admins only."""
    old = service.find(request.caller, workflow_rule_id)
    request.require_match(old)
    service.delete(request.transaction, request.caller, old)
    return no_content()


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
