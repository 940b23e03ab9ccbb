"""/api/workflow-executions"""

from crm.http.app import App
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.response import Response
from crm.workflows.engine import execution_log, runs
from crm.workflows.engine.execution_log import ExecutionQuery
from crm.workflows.engine.executions import ExecutionAnswer

app = App()


@app.get("/api/workflow-executions", query=ExecutionQuery, answer=ExecutionAnswer, listed=True)
def list_workflow_executions(request: Request, query: ExecutionQuery) -> Response:
    """What rules did because of a record, newest first."""
    return page(
        request,
        query,
        execution_log.of_record(request.caller, query),
        lambda entries: execution_log.rows(request.caller, entries),
        lambda: execution_log.require_visible(request.caller, query.record_type, query.record_id),
    )


@app.get("/api/workflow-executions/<execution_id>", answer=ExecutionAnswer)
def read_workflow_execution(request: Request, execution_id: str) -> Response:
    """What a rule did because of one change of a record. Admins, and whoever sees the record."""
    return Response(200, execution_log.find(request.caller, execution_id).answer())


@app.post("/api/workflow-executions/<execution_id>/retry", answer=ExecutionAnswer, status=200)
def retry_workflow_execution(request: Request, execution_id: str) -> Response:
    """Go on with an execution that failed, at the action that did. Admins only."""
    return Response(200, runs.retry(request.caller, execution_id).answer())


handler = app
