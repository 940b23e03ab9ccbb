"""The board of a pipeline: the totals of each stage, and its newest deals."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from crm.platform.dynamodb.lists import HIGHEST, ReadBudget, take
from crm.platform.dynamodb.parallel import in_parallel, together
from crm.platform.dynamodb.queries import read_many, record_ids_of, record_list
from crm.platform.fields import Output, Query
from crm.sales.deals.schemas import Deal, stage_list
from crm.sales.deals.service import DEALS
from crm.sales.pipelines import service as pipelines
from crm.sales.pipelines.schemas import Pipeline, Stage
from crm.sales.reports.aggregates import names, scopes
from crm.sales.reports.aggregates import service as aggregates
from crm.sales.reports.aggregates.contributions import Numbers
from crm.sales.reports.aggregates.scopes import AskedScope, Scope
from crm.tenancy.permissions import Caller

BATCH = 100


class BoardQuery(Query):
    """Parameters of a board."""

    scope: AskedScope = None
    limit: Annotated[int, Field(ge=1, le=100, description="Deals of each stage.")] = 10


class BoardStage(Output):
    """A stage, how much there is in it, and its newest deals.

    Attributes:
        count: how many deals are in it; the sums and it may trail a write by seconds.
        amount: sums by currency, as decimal strings; `weighted_amount` too.
        deals: the newest of them.
    """

    stage: Stage
    count: int
    amount: dict[str, str]
    weighted_amount: dict[str, str]
    deals: list[Deal]


class Board(Output):
    """A pipeline's stages in their order, with what is in them."""

    scope: Scope
    stages: list[BoardStage]


def read(caller: Caller, pipeline_id: str, query: BoardQuery) -> dict[str, Any]:
    """Return the board in the form of the response.

    Raises:
        PermissionDeniedError: A member requests the whole organization.
        NotFoundError: The organization has no such pipeline.
    """
    scope = scopes.resolve(caller, query.scope)
    known = DEALS.definitions(caller)
    pipeline, generation = together(
        lambda: pipelines.find(caller, pipeline_id),
        lambda: aggregates.generation(caller.organization_id),
    )
    rows, shown = _read(caller, pipeline, scope, query.limit, generation)
    return {
        "scope": scope,
        "stages": [
            {
                "stage": stage.answer(),
                **aggregates.totals(rows.get(names.stage_row(stage.id), {})),
                "deals": [DEALS.answer(deal, known) for deal in newest],
            }
            for stage, newest in zip(pipeline.stages, shown, strict=True)
        ],
    }


def _read(
    caller: Caller, pipeline: Pipeline, scope: Scope, limit: int, generation: str
) -> tuple[dict[str, Numbers], list[list[Deal]]]:
    """Read the aggregates of all stages, and the newest deals of each."""
    name = names.board(pipeline.id, scopes.group(caller, scope))
    between = names.stage_row(""), names.stage_row(HIGHEST)
    rows, ids = together(
        lambda: aggregates.states(caller.organization_id, name, between, generation),
        lambda: in_parallel(partial(_newest, caller, scope, limit), pipeline.stages),
    )
    found = _records(caller, [one for of_stage in ids for one in of_stage])
    shown = [
        [
            found[one]
            for one in of_stage
            if one in found and _is_shown(caller, scope, stage, found[one])
        ]
        for stage, of_stage in zip(pipeline.stages, ids, strict=True)
    ]
    return rows, shown


def _newest(caller: Caller, scope: Scope, limit: int, stage: Stage) -> list[str]:
    """Return the ids of the newest deals in a stage."""
    owner = caller.user_id if scope == "mine" else None
    name = stage_list(stage.id, owner)
    listed = record_list(Deal, caller.organization_id, name, ReadBudget())
    return record_ids_of(take(listed, limit).entries)


def _records(caller: Caller, ids: Sequence[str]) -> dict[str, Deal]:
    batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    parts = in_parallel(partial(read_many, Deal, caller.organization_id), batches)
    return {deal_id: deal for part in parts for deal_id, deal in part.items()}


def _is_shown(caller: Caller, scope: Scope, stage: Stage, deal: Deal) -> bool:
    """Return whether a deal still belongs to the list of its index item."""
    return deal.stage_id == stage.id and (
        scope == "organization" or deal.assigned_to == caller.user_id
    )
