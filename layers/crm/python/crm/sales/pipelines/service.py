"""Pipelines and their stages: making, finding, changing and deleting them."""

from collections.abc import Callable, Sequence
from typing import Any

from pynamodb.expressions.operand import Path

from crm.platform import ids
from crm.platform.dynamodb import keys, quotas, reference_counts
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, EntryList, ReadBudget
from crm.platform.dynamodb.parallel import ahead, together
from crm.platform.dynamodb.queries import read, read_many, record_ids_of, record_list
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import MAX_OPERATIONS, Transaction
from crm.platform.errors import LimitExceededError, NotFoundError, ValidationFailedError
from crm.sales.pipelines import stages
from crm.sales.pipelines.schemas import Pipeline as Pipeline
from crm.sales.pipelines.schemas import (
    PipelineQuery,
    PipelineStageWrite,
    PipelineWrite,
    StageStatus,
    StageWrite,
    activity_list,
    stage_uses,
)
from crm.sales.pipelines.schemas import Stage as Stage
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

MAX_PIPELINES = 100

USUAL = 3
"""So many pipelines are read where a deal's is not known yet. Few organizations have more."""

_GROUP = "all"
_IN_USE = "A stage that would go has deals."
_STATUS_IN_USE = "The status of a stage that has deals cannot change."

_DEFAULT_NAME = "Sales Pipeline"
_DEFAULT_STAGES: Sequence[tuple[str, int, StageStatus]] = (
    ("Lead", 10, "open"),
    ("Qualified", 25, "open"),
    ("Proposal", 50, "open"),
    ("Negotiation", 75, "open"),
    ("Won", 100, "closed_won"),
    ("Lost", 0, "closed_lost"),
)


def found_default(transaction: Transaction, organization_id: str, by: str) -> Pipeline:
    """Make the pipeline that an organization begins with.

    Args:
        transaction: the one that founds the organization.
        organization_id: the organization.
        by: its founder.
    """
    body = PipelineWrite(
        name=_DEFAULT_NAME,
        stages=[
            PipelineStageWrite(name=name, probability=probability, status=status)
            for name, probability, status in _DEFAULT_STAGES
        ],
    )
    return _make(transaction, organization_id, by, ids.new_id(), body)


def is_untouched_default(pipeline: Pipeline) -> bool:
    """Whether this is the pipeline that an organization begins with, as it was made."""
    stages_made = [(stage.name, stage.probability, stage.status) for stage in pipeline.stages]
    return (
        pipeline.version == 1
        and pipeline.name == _DEFAULT_NAME
        and stages_made == [*_DEFAULT_STAGES]
    )


def restore(transaction: Transaction, pipeline: Pipeline) -> None:
    """Write a pipeline that comes from an archive; its stages have no deals yet.

    The commit raises:
        DuplicateError: another pipeline has this name.
        LimitExceededError: the organization has as many pipelines as it may.
        ValidationFailedError: another pipeline has one of its stages.
    """
    transaction.save(pipeline, None)
    for stage in pipeline.stages:
        transaction.put(
            stage.uses,
            {"pipeline_id": pipeline.id, "uses": 0},
            Path("pk").does_not_exist(),
            lambda: ValidationFailedError.of("stages", "hold a stage of another pipeline"),
        )
    quotas.consume(transaction, pipeline.organization_id, Pipeline.KIND, _GROUP, MAX_PIPELINES)


def create(
    transaction: Transaction, caller: Caller, pipeline_id: str, body: PipelineWrite
) -> Pipeline:
    """Make a pipeline.

    Raises:
        PermissionDeniedError: the caller is no admin.
        ValidationFailedError: its stages do not go together.
    The commit raises:
        DuplicateError: another pipeline has this name.
        LimitExceededError: the organization has as many pipelines as it may.
    """
    permissions.require_admin(caller)
    return _make(transaction, caller.organization_id, caller.user_id, pipeline_id, body)


def find(
    caller: Caller, pipeline_id: str, usual: Callable[[], Sequence[Pipeline]] | None = None
) -> Pipeline:
    """A pipeline of the caller's organization.

    Args:
        caller: who looks for it.
        pipeline_id: which.
        usual: `usual_ones`, if they have been read.

    Raises:
        NotFoundError: there is no such pipeline.
    """
    for one in usual() if usual else ():
        if one.id == pipeline_id:
            return one
    found = read(Pipeline, caller.organization_id, pipeline_id)
    if found is None:
        raise NotFoundError
    return found


def find_stage(caller: Caller, pipeline_id: str, stage_id: str) -> tuple[Pipeline, Stage]:
    """A stage, with its pipeline.

    Raises:
        NotFoundError: there is no such pipeline, or it has no such stage.
    """
    pipeline = find(caller, pipeline_id)
    stage = pipeline.stage(stage_id)
    if stage is None:
        raise NotFoundError
    return pipeline, stage


def of_stage(organization_id: str, stage_id: str) -> Pipeline | None:
    """The pipeline that a stage is in, None if the organization has no such stage.

    It is likely to be one of the usual ones: they are read beside what says which it is.
    """
    usual = ahead(lambda: usual_ones(organization_id))
    item = RECORDS.get(stage_uses(organization_id, stage_id))
    for one in usual():
        if one.stage(stage_id):
            return one
    pipeline = read(Pipeline, organization_id, item["pipeline_id"]) if item else None
    return pipeline if pipeline and pipeline.stage(stage_id) else None


def default(organization_id: str) -> Pipeline | None:
    """The oldest active pipeline."""
    return next(iter(_whole_ones(organization_id, 1, is_active=True)), None)


def usual_ones(organization_id: str) -> list[Pipeline]:
    """The oldest active pipelines: where there are no more, those that all open deals are in."""
    return _whole_ones(organization_id, USUAL, is_active=True)


def list_all(caller: Caller) -> list[Pipeline]:
    """All pipelines, oldest first."""
    active, inactive = together(
        lambda: _whole_ones(caller.organization_id, MAX_PIPELINES, is_active=True),
        lambda: _whole_ones(caller.organization_id, MAX_PIPELINES, is_active=False),
    )
    return sorted([*active, *inactive], key=lambda pipeline: pipeline.id)


def _whole_ones(organization_id: str, limit: int, *, is_active: bool) -> list[Pipeline]:
    """The oldest pipelines that are active, or are not, by one query."""
    name = activity_list(is_active=is_active)
    first = keys.index_item(organization_id, Pipeline.KIND, name, LOWEST)
    entries = RECORDS.query(first.pk, (LOWEST, HIGHEST), limit)
    return [Pipeline.from_entry(entry) for entry in entries]


def search(caller: Caller, query: PipelineQuery) -> EntryList:
    """The pipelines of the caller's organization, newest first."""
    name = "all" if query.is_active is None else activity_list(is_active=query.is_active)
    return record_list(Pipeline, caller.organization_id, name, ReadBudget())


def rows(caller: Caller, query: PipelineQuery, entries: Sequence[Item]) -> list[dict[str, Any]]:
    """The rows of a page of `search`; what no longer belongs on it is left out."""
    found = read_many(Pipeline, caller.organization_id, record_ids_of(entries))
    return [one.answer() for one in found.values() if query.is_active in {None, one.is_active}]


def update(
    transaction: Transaction, caller: Caller, old: Pipeline, body: PipelineWrite
) -> Pipeline:
    """Change a pipeline as a whole, its stages included.

    Raises:
        PermissionDeniedError: the caller is no admin.
        ValidationFailedError: its stages do not go together.
        LimitExceededError: more stages come and go than can at once.
    The commit raises:
        DuplicateError: another pipeline has this name.
        InUseError: a stage that goes, or whose status changes, has deals.
    """
    permissions.require_admin(caller)
    new = old.changed(
        caller.user_id,
        **_own_fields(body),
        stages=stages.rewritten(old, caller.user_id, body.stages),
    )
    _save(transaction, new, old)
    return new


def delete(transaction: Transaction, caller: Caller, old: Pipeline) -> None:
    """Delete a pipeline with its stages.

    Raises:
        PermissionDeniedError: the caller is no admin.
    The commit raises:
        InUseError: a stage has deals.
    """
    permissions.require_admin(caller)
    transaction.remove(old)
    for stage in old.stages:
        reference_counts.delete(transaction, stage.uses, _IN_USE)
    quotas.release(transaction, old.organization_id, Pipeline.KIND, _GROUP)


def add_stage(
    transaction: Transaction, caller: Caller, pipeline: Pipeline, stage_id: str, body: StageWrite
) -> Stage:
    """Add a stage to a pipeline.

    Raises:
        PermissionDeniedError: the caller is no admin.
        DuplicateError: another stage of the pipeline has its name or its order.
        LimitExceededError: the pipeline has as many stages as it may.
        ValidationFailedError: `allowed_from` holds something else than stages of the pipeline.
    """
    permissions.require_admin(caller)
    new = stages.added(pipeline, caller.user_id, stage_id, body)
    _save_stages(transaction, caller, pipeline, stages.with_stage(pipeline, new))
    return new


def update_stage(
    transaction: Transaction, caller: Caller, pipeline: Pipeline, old: Stage, body: StageWrite
) -> Stage:
    """Change a stage as a whole.

    Raises:
        PermissionDeniedError: the caller is no admin.
        DuplicateError: another stage of the pipeline has its name or its order.
        ValidationFailedError: `allowed_from` holds something else than stages of the pipeline.
    The commit raises:
        InUseError: its status changes, and it has deals.
    """
    permissions.require_admin(caller)
    new = stages.changed(pipeline, caller.user_id, old, body)
    _save_stages(transaction, caller, pipeline, stages.with_stage(pipeline, new))
    return new


def remove_stage(transaction: Transaction, caller: Caller, pipeline: Pipeline, old: Stage) -> None:
    """Take a stage from its pipeline, and from the `allowed_from` of the others.

    Raises:
        PermissionDeniedError: the caller is no admin.
    The commit raises:
        InUseError: it has deals.
    """
    permissions.require_admin(caller)
    remaining = stages.without(pipeline, caller.user_id, old)
    _save_stages(transaction, caller, pipeline, remaining)


def begin_emptying(caller: Caller, old: Pipeline, stage: Stage, target: Stage) -> Pipeline:
    """Let no deal into a stage any more, because its deals are being moved to another one.

    Answers the pipeline as it is then. The stage keeps its version: no client sees a difference,
    and a deletion that is repeated comes with the `If-Match` that it had.

    Raises:
        StaleReadError: somebody changed the pipeline meanwhile.
    """
    marked = stage.model_copy(update={"emptied_into": target.id})
    new = old.changed(caller.user_id, stages=stages.with_stage(old, marked))
    transaction = Transaction()
    transaction.save(new, old)
    transaction.commit()
    return new


def enter(transaction: Transaction, pipeline: Pipeline, stage: Stage) -> None:
    """Count one more deal in a stage.

    The commit raises:
        StaleReadError: the pipeline is not as it was read.
    """
    require_unchanged(transaction, pipeline)
    reference_counts.increment(transaction, stage.uses)


def require_unchanged(transaction: Transaction, pipeline: Pipeline) -> None:
    """Demand that a pipeline is as it was read when the transaction commits.

    The commit raises:
        StaleReadError: it is not.
    """
    transaction.check(pipeline.key, Path("version") == pipeline.version)


def leave(transaction: Transaction, organization_id: str, stage_id: str) -> None:
    """Count one deal less in a stage."""
    reference_counts.decrement(transaction, stage_uses(organization_id, stage_id))


def _make(
    transaction: Transaction,
    organization_id: str,
    by: str,
    pipeline_id: str,
    body: PipelineWrite,
) -> Pipeline:
    empty = Pipeline.create(organization_id, by, id=pipeline_id, **_own_fields(body))
    new = empty.model_copy(update={"stages": stages.rewritten(empty, by, body.stages)})
    _save(transaction, new, None)
    quotas.consume(transaction, organization_id, Pipeline.KIND, _GROUP, MAX_PIPELINES)
    return new


def _own_fields(body: PipelineWrite) -> dict[str, Any]:
    return body.model_dump(exclude={"stages"})


def _save_stages(
    transaction: Transaction, caller: Caller, old: Pipeline, rewritten: list[Stage]
) -> None:
    _save(transaction, old.changed(caller.user_id, stages=rewritten), old)


def _save(transaction: Transaction, new: Pipeline, old: Pipeline | None) -> None:
    """Write a pipeline, and begin or end the counts of deals in its stages.

    Raises:
        LimitExceededError: more stages come and go than fit one transaction.
    """
    transaction.save(new, old)
    before = {stage.id: stage for stage in (old.stages if old else [])}
    for stage in new.stages:
        was = before.pop(stage.id, None)
        if was is None:
            none_yet = {"pipeline_id": new.id, "uses": 0}
            transaction.put(stage.uses, none_yet, Path("pk").does_not_exist())
        elif was.status != stage.status:
            reference_counts.require_zero(transaction, stage.uses, _STATUS_IN_USE)
    for gone in before.values():
        reference_counts.delete(transaction, gone.uses, _IN_USE)
    if len(transaction) > MAX_OPERATIONS:
        raise LimitExceededError("So many stages cannot come and go in one request.")
