"""What is done to all deals of a stage, however many: one by one, resumable.

Each deal is changed in a transaction of its own, under the version that was read. Whoever is cut
off, or finds that something was changed meanwhile, leaves some done and the others as they were;
repeating does the rest.
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
from crm.sales.pipelines.service import Pipeline, Stage
from crm.tenancy import permissions
from crm.tenancy.permissions import Caller

SECONDS = 8.0
"""A request that finds something stale begins anew: more than one round has to fit in it."""


def empty_stage(caller: Caller, pipeline: Pipeline, stage: Stage, target_id: str) -> None:
    """Move all deals of a stage to another one, and let none in any more.

    Rules that bind users do not hold here: the stage goes, and its deals have to be somewhere.
    But a deal that is closed one way does not become closed the other way.

    Args:
        caller: an admin.
        pipeline: of both stages, as it was read.
        stage: the one to be emptied.
        target_id: where its deals go.

    Raises:
        PermissionDeniedError: the caller is no admin.
        ValidationFailedError: the target is the stage itself, or in no stage of the pipeline.
        InvalidStageTransitionError: both stages close deals.
        UnavailableError: there are more deals than one request has time for; repeat it.
        StaleReadError: somebody changed the pipeline meanwhile.
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
    """Bring the deals of a pipeline's stages up to changed probabilities; safe to repeat.

    What counts is what the stages say now, whichever version of the pipeline the stream tells of.

    Args:
        old: an earlier version of the pipeline.
        new: the version after it.

    Raises:
        UnavailableError: there are more deals than there is time for, or others keep changing them.
    """
    before = {stage.id: stage.probability for stage in old.stages}
    for stage in new.stages:
        if before.get(stage.id, stage.probability) != stage.probability:
            retry_on_conflict(partial(_weigh_stage, new, stage.id))


def _weigh_stage(told: Pipeline, stage_id: str) -> bool:
    """Bring the deals of one stage up to its probability; never leaves anything to do."""
    pipeline = read(Pipeline, told.organization_id, told.id)
    stage = pipeline.stage(stage_id) if pipeline else None
    if stage is None:
        return False
    for deal in iteration.each(Deal, told.organization_id, stage_list(stage_id), SECONDS):
        if deal.stage_id == stage_id and deal.probability != stage.probability:
            weighed = stages.weighed(deal.amount, stage.probability, deal.currency)
            transaction = Transaction()
            transaction.save(deal.changed(told.updated_by, **weighed), deal)
            transaction.commit()
    return False
