"""Changes of all deals of a stage, of any number: one by one, resumable.

Each deal is changed in a transaction of its own, with an optimistic lock on the version that was
read. A run that is interrupted or meets a concurrent change leaves the remaining deals unchanged;
a repetition changes them.
"""

from functools import partial

from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.transaction import Transaction, retry_on_conflict
from crm.platform.errors import ValidationFailedError
from crm.records import iteration
from crm.records import repository as owned
from crm.sales.deals import stages, transitions
from crm.sales.deals.schemas import Deal, stage_list
from crm.sales.pipelines import service as pipelines
from crm.sales.pipelines.schemas import Pipeline, Stage
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

SECONDS = 8.0
"""Time limit per round: a request that meets a stale read starts again, so two rounds must fit."""


def empty_stage(caller: Caller, pipeline: Pipeline, stage: Stage, target_id: str) -> None:
    """Move all deals of a stage to another one, and close the stage for further deals.

    Rules for users do not apply: the stage is being deleted, and its deals need a stage. But a won
    deal does not become lost, nor a lost one won.

    Args:
        caller: an admin.
        pipeline: the pipeline of both stages, as it was read.
        stage: the stage to be emptied.
        target_id: the stage that its deals move to.

    Raises:
        PermissionDeniedError: The caller is no admin.
        ValidationFailedError: The target is the stage itself, or is no stage of the pipeline.
        InvalidStageTransitionError: Both stages close deals, or the target is being emptied.
        UnavailableError: There are more deals than one request has time for; repeat it.
        StaleReadError: The pipeline was changed since it was read.
    """
    permissions.require_admin(caller)
    target = pipeline.stage(target_id)
    if target is None or target_id == stage.id:
        raise ValidationFailedError.of("move_deals_to", "must be another stage of the pipeline")
    if stage.status != target.status:
        stages.require_open_between(stage, target)
    stages.require_enterable(target)
    if stage.emptied_into != target_id:
        pipeline = pipelines.begin_emptying(caller, pipeline, stage, target)

    for deal in iteration.each(Deal, caller.organization_id, stage_list(stage.id), SECONDS):
        if deal.stage_id == stage.id:
            transaction = Transaction()
            new = transitions.moved(caller, deal, target)
            owned.save(transaction, caller, new, deal)
            transitions.write(transaction, caller, (deal, new), pipeline, (stage, target), None)
            transaction.commit()


def weigh(old: Pipeline, new: Pipeline) -> None:
    """Update the deals of a pipeline's stages to changed probabilities; safe to repeat.

    The current probabilities of the stages are applied, whichever version the stream record holds.

    Args:
        old: an earlier version of the pipeline.
        new: the version after it.

    Raises:
        UnavailableError: There are more deals than there is time for, or optimistic-lock retries
            are exhausted.
    """
    before = {stage.id: stage.probability for stage in old.stages}
    for stage in new.stages:
        if before.get(stage.id, stage.probability) != stage.probability:
            retry_on_conflict(partial(_weigh_stage, new, stage.id))


def _weigh_stage(changed: Pipeline, stage_id: str) -> None:
    """Update the deals of one stage to its probability; return False, as no work remains."""
    pipeline = read(Pipeline, changed.organization_id, changed.id)
    stage = pipeline.stage(stage_id) if pipeline else None
    if stage is None:
        return
    for deal in iteration.each(Deal, changed.organization_id, stage_list(stage_id), SECONDS):
        if deal.stage_id == stage_id and deal.probability != stage.probability:
            weighed = stages.weighed(deal.amount, stage.probability, deal.currency)
            transaction = Transaction()
            transaction.save(deal.changed(changed.updated_by, **weighed), deal)
            transaction.commit()
