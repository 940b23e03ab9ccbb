"""Create, find, change and delete pipelines and their stages."""

from collections.abc import Callable, Sequence
from typing import Any

from pynamodb.expressions.operand import Path

from crm.platform import ids
from crm.platform.dynamodb import keys, queries, quotas, reference_counts
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, EntryList, ReadBudget
from crm.platform.dynamodb.parallel import ahead, together
from crm.platform.dynamodb.queries import read, read_many, record_ids_of, record_list
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import MAX_OPERATIONS, Transaction
from crm.platform.errors import LimitExceededError, NotFoundError, ValidationFailedError
from crm.sales.pipelines import stages
from crm.sales.pipelines.schemas import (
    Pipeline,
    PipelineQuery,
    PipelineStageWrite,
    PipelineWrite,
    Stage,
    StageStatus,
    StageWrite,
    activity_list,
    stage_uses,
)
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

MAX_PIPELINES = 100

USUAL = 3
"""Pipelines that are read while a deal's pipeline is unknown. Few organizations have more."""

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
    """Create the default pipeline of a new organization.

    Args:
        transaction: the transaction that creates the organization.
        organization_id: the organization's id.
        by: the organization's founder.
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
    """Return whether a pipeline is the default pipeline of a new organization, unchanged."""
    stages_made = [(stage.name, stage.probability, stage.status) for stage in pipeline.stages]
    return (
        pipeline.version == 1
        and pipeline.name == _DEFAULT_NAME
        and stages_made == [*_DEFAULT_STAGES]
    )


def restore(transaction: Transaction, pipeline: Pipeline) -> None:
    """Write a pipeline of an archive; its stages have no deals yet.

    The commit raises:
        DuplicateError: Another pipeline has this name.
        LimitExceededError: The organization has the maximum number of pipelines.
        ValidationFailedError: Another pipeline has one of its stages.
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
    """Create a pipeline.

    Raises:
        PermissionDeniedError: The caller is no admin.
        ValidationFailedError: The stages are inconsistent.
    The commit raises:
        DuplicateError: Another pipeline has this name.
        LimitExceededError: The organization has the maximum number of pipelines.
    """
    permissions.require_admin(caller)
    return _make(transaction, caller.organization_id, caller.user_id, pipeline_id, body)


def find(
    caller: Caller, pipeline_id: str, usual: Callable[[], Sequence[Pipeline]] | None = None
) -> Pipeline:
    """Return a pipeline of the caller's organization.

    Args:
        caller: the caller of the request.
        pipeline_id: the pipeline's id.
        usual: the pending read of `usual_ones`, if it has been started.

    Raises:
        NotFoundError: The organization has no such pipeline.
    """
    for one in usual() if usual else ():
        if one.id == pipeline_id:
            return one
    return queries.find(Pipeline, caller.organization_id, pipeline_id)


def find_stage(caller: Caller, pipeline_id: str, stage_id: str) -> tuple[Pipeline, Stage]:
    """Return a stage with its pipeline.

    Raises:
        NotFoundError: The organization has no such pipeline, or the pipeline has no such stage.
    """
    pipeline = find(caller, pipeline_id)
    stage = pipeline.stage(stage_id)
    if stage is None:
        raise NotFoundError
    return pipeline, stage


def of_stage(organization_id: str, stage_id: str) -> Pipeline | None:
    """Return the pipeline of a stage; None if the organization has no such stage.

    The pipeline is probably a usual one: these are read in parallel to the item that names it.
    """
    usual = ahead(lambda: usual_ones(organization_id))
    item = RECORDS.get(stage_uses(organization_id, stage_id))
    for one in usual():
        if one.stage(stage_id):
            return one
    pipeline = read(Pipeline, organization_id, item["pipeline_id"]) if item else None
    return pipeline if pipeline and pipeline.stage(stage_id) else None


def default(organization_id: str) -> Pipeline | None:
    """Return the oldest active pipeline."""
    return next(iter(_whole_ones(organization_id, 1, is_active=True)), None)


def usual_ones(organization_id: str) -> list[Pipeline]:
    """Return the oldest active pipelines: mostly all pipelines with open deals."""
    return _whole_ones(organization_id, USUAL, is_active=True)


def list_all(caller: Caller) -> list[Pipeline]:
    """Return all pipelines, oldest first."""
    active, inactive = together(
        lambda: _whole_ones(caller.organization_id, MAX_PIPELINES, is_active=True),
        lambda: _whole_ones(caller.organization_id, MAX_PIPELINES, is_active=False),
    )
    return sorted([*active, *inactive], key=lambda pipeline: pipeline.id)


def _whole_ones(organization_id: str, limit: int, *, is_active: bool) -> list[Pipeline]:
    """Return the oldest active, or inactive, pipelines, by one query."""
    name = activity_list(is_active=is_active)
    first = keys.index_item(organization_id, Pipeline.KIND, name, LOWEST)
    entries = RECORDS.query(first.pk, (LOWEST, HIGHEST), limit)
    return [Pipeline.from_entry(entry) for entry in entries]


def search(caller: Caller, query: PipelineQuery) -> EntryList:
    """List the pipelines of the caller's organization, newest first."""
    name = "all" if query.is_active is None else activity_list(is_active=query.is_active)
    return record_list(Pipeline, caller.organization_id, name, ReadBudget())


def rows(caller: Caller, query: PipelineQuery, entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of `search`, without pipelines that no longer match."""
    found = read_many(Pipeline, caller.organization_id, record_ids_of(entries))
    return [one.answer() for one in found.values() if query.is_active in {None, one.is_active}]


def update(
    transaction: Transaction, caller: Caller, old: Pipeline, body: PipelineWrite
) -> Pipeline:
    """Replace a pipeline, including its stages.

    Raises:
        PermissionDeniedError: The caller is no admin.
        ValidationFailedError: The stages are inconsistent.
        LimitExceededError: More stages are added and deleted than one transaction can hold.
    The commit raises:
        DuplicateError: Another pipeline has this name.
        InUseError: A stage that is deleted, or whose status changes, has deals.
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
        PermissionDeniedError: The caller is no admin.
    The commit raises:
        InUseError: A stage has deals.
    """
    permissions.require_admin(caller)
    transaction.delete_record(old)
    for stage in old.stages:
        reference_counts.delete(transaction, stage.uses, _IN_USE)
    quotas.release(transaction, old.organization_id, Pipeline.KIND, _GROUP)


def add_stage(
    transaction: Transaction, caller: Caller, pipeline: Pipeline, stage_id: str, body: StageWrite
) -> Stage:
    """Add a stage to a pipeline.

    Raises:
        PermissionDeniedError: The caller is no admin.
        DuplicateError: Another stage of the pipeline has the same name or order.
        LimitExceededError: The pipeline has the maximum number of stages.
        ValidationFailedError: `allowed_from` holds ids that are no stages of the pipeline.
    """
    permissions.require_admin(caller)
    new = stages.added(pipeline, caller.user_id, stage_id, body)
    _save_stages(transaction, caller, pipeline, stages.with_stage(pipeline, new))
    return new


def update_stage(
    transaction: Transaction, caller: Caller, pipeline: Pipeline, old: Stage, body: StageWrite
) -> Stage:
    """Replace a stage.

    Raises:
        PermissionDeniedError: The caller is no admin.
        DuplicateError: Another stage of the pipeline has the same name or order.
        ValidationFailedError: `allowed_from` holds ids that are no stages of the pipeline.
    The commit raises:
        InUseError: The status changes, and the stage has deals.
    """
    permissions.require_admin(caller)
    new = stages.changed(pipeline, caller.user_id, old, body)
    _save_stages(transaction, caller, pipeline, stages.with_stage(pipeline, new))
    return new


def remove_stage(transaction: Transaction, caller: Caller, pipeline: Pipeline, old: Stage) -> None:
    """Delete a stage of a pipeline, and remove it from the `allowed_from` of the others.

    Raises:
        PermissionDeniedError: The caller is no admin.
    The commit raises:
        InUseError: The stage has deals.
    """
    permissions.require_admin(caller)
    remaining = stages.without(pipeline, caller.user_id, old)
    _save_stages(transaction, caller, pipeline, remaining)


def begin_emptying(caller: Caller, old: Pipeline, stage: Stage, target: Stage) -> Pipeline:
    """Close a stage for deals, because its deals are being moved to another one.

    Return the pipeline in its new version. The stage keeps its version: clients see no difference,
    and a repeated deletion comes with the same `If-Match`.

    Raises:
        StaleReadError: The pipeline was changed since it was read.
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
        StaleReadError: The pipeline was changed since it was read.
    """
    require_unchanged(transaction, pipeline)
    reference_counts.increment(transaction, stage.uses)


def require_unchanged(transaction: Transaction, pipeline: Pipeline) -> None:
    """Add the condition that a pipeline is as it was read when the transaction commits.

    The commit raises:
        StaleReadError: The pipeline was changed since it was read.
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
    """Write a pipeline, and create or delete the counts of deals in its stages.

    Raises:
        LimitExceededError: More stages are added and deleted than one transaction can hold.
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
    for deleted in before.values():
        reference_counts.delete(transaction, deleted.uses, _IN_USE)
    if len(transaction) > MAX_OPERATIONS:
        raise LimitExceededError("So many stages cannot come and go in one request.")
