"""/api/pipelines, with their stages"""

from crm.http.app import App
from crm.http.pagination import whole
from crm.http.request import Request
from crm.http.resource_routes import ResourceRoutes
from crm.http.response import Response, created, no_content, ok
from crm.platform.errors import ValidationFailedError
from crm.platform.merge_patch import Patch
from crm.sales.deals import bulk_moves
from crm.sales.pipelines import service
from crm.sales.pipelines.schemas import (
    Pipeline,
    PipelineQuery,
    PipelineWrite,
    Stage,
    StageDeletion,
    StageWrite,
)
from crm.sales.reports import board
from crm.sales.reports.board import Board, BoardQuery

app = App()


class PipelineRoutes(ResourceRoutes[Pipeline, PipelineWrite]):
    """Routes of pipelines: a PATCH changes the body that would make the pipeline anew."""

    def body_of(self, old: Pipeline, changes: Patch[PipelineWrite]) -> PipelineWrite:  # noqa: ARG002
        return old.body()


PipelineRoutes(
    app,
    service,
    Pipeline,
    body=PipelineWrite,
    query=PipelineQuery,
    summaries={
        "create": """Make a pipeline with its stages. Admins only.

            Stages that name no `order` come after all others, as they stand.
            """,
        "list": "The organization's pipelines with their stages, newest first.",
        "read": "A pipeline with its stages, in their order.",
        "replace": """Change a pipeline as a whole. Admins only.

            An entry of `stages` is the stage whose `id` it holds, or else the stage of its `name`;
            any other entry is a new stage. A stage that is not among them goes, unless it has
            deals, and leaves the `allowed_from` of the others.
            """,
        "update": (
            "Change a pipeline in part; `stages`, if named, as a whole, as by PUT. Admins only."
        ),
        "delete": "Delete a pipeline that has no deals, with its stages. Admins only.",
    },
)


@app.get("/api/pipelines/<pipeline_id>/board", query=BoardQuery, answer=Board)
def read_board(request: Request, pipeline_id: str, query: BoardQuery) -> Response:
    """The stages of a pipeline with sums of what is in them, and the newest deals of each."""
    answer = Response(200, board.read(request.caller, pipeline_id, query))
    if not answer.fits:
        raise ValidationFailedError.of("limit", "is more than one answer holds of these deals")
    return answer


_STAGES = "/api/pipelines/<pipeline_id>/stages"
_STAGE = f"{_STAGES}/<stage_id>"


@app.post(_STAGES, body=StageWrite, answer=Stage)
def add_stage(request: Request, pipeline_id: str, body: StageWrite) -> Response:
    """Add a stage to a pipeline, after all others unless it says where. Admins only."""
    pipeline = service.find(request.caller, pipeline_id)
    new = service.add_stage(request.transaction, request.caller, pipeline, request.new_id, body)
    return created(f"{request.path}/{new.id}", new, new.answer())


@app.get(_STAGES, answer=Stage, listed=True)
def list_stages(request: Request, pipeline_id: str) -> Response:
    """The stages of a pipeline, all on one page, in their order."""
    pipeline = service.find(request.caller, pipeline_id)
    return whole([stage.answer() for stage in pipeline.stages])


@app.get(_STAGE, answer=Stage)
def read_stage(request: Request, pipeline_id: str, stage_id: str) -> Response:
    """One stage."""
    _, stage = service.find_stage(request.caller, pipeline_id, stage_id)
    return ok(stage, stage.answer())


@app.put(_STAGE, body=StageWrite, answer=Stage)
def replace_stage(request: Request, pipeline_id: str, stage_id: str, body: StageWrite) -> Response:
    """Change a stage as a whole. Admins only.

    The `status` of a stage that has deals cannot change.
    """
    return _update_stage(request, pipeline_id, stage_id, body)


@app.patch(_STAGE, body=StageWrite, answer=Stage)
def update_stage(
    request: Request, pipeline_id: str, stage_id: str, body: Patch[StageWrite]
) -> Response:
    """Change a stage in part. Admins only.

    The `status` of a stage that has deals cannot change.
    """
    return _update_stage(request, pipeline_id, stage_id, body)


@app.delete(_STAGE, query=StageDeletion)
def remove_stage(
    request: Request, pipeline_id: str, stage_id: str, query: StageDeletion
) -> Response:
    """Take a stage from a pipeline, its deals moved to another one first. Admins only.

    Deals are moved one by one. Where there are too many for one request, it answers 503, and is
    to be repeated: what has been moved stays so, and nothing new comes in.
    """
    pipeline, old = service.find_stage(request.caller, pipeline_id, stage_id)
    request.require_match(old)
    if query.move_deals_to is not None:
        bulk_moves.empty_stage(request.caller, pipeline, old, query.move_deals_to)
        pipeline, old = service.find_stage(request.caller, pipeline_id, stage_id)
    service.remove_stage(request.transaction, request.caller, pipeline, old)
    return no_content()


def _update_stage(
    request: Request, pipeline_id: str, stage_id: str, body: StageWrite | Patch[StageWrite]
) -> Response:
    pipeline, old = service.find_stage(request.caller, pipeline_id, stage_id)
    request.require_match(old)
    new_body = body.over(old) if isinstance(body, Patch) else body
    new = service.update_stage(request.transaction, request.caller, pipeline, old, new_body)
    return ok(new, new.answer())


handler = app
