"""Stage transitions of a deal: the writes of each step."""

from pynamodb.expressions.operand import Path

from crm.platform import clock, ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.lists import EntryList
from crm.platform.dynamodb.queries import child_item_list
from crm.platform.dynamodb.transaction import Transaction
from crm.records import repository as owned
from crm.related.activities import service as activities
from crm.sales.deals import stages
from crm.sales.deals.context import DealContext
from crm.sales.deals.schemas import STAGE_HISTORY, Deal, StoredStageHistoryEntry, stage_history_key
from crm.sales.pipelines import service as pipelines
from crm.sales.pipelines.schemas import Pipeline, Stage
from crm.tenancy.permissions import Caller

MAX_SUBJECT = 255


def begin(
    transaction: Transaction, caller: Caller, deal: Deal, pipeline: Pipeline, stage: Stage
) -> None:
    """Put a new deal into its first stage."""
    pipelines.enter(transaction, pipeline, stage)
    _keep(transaction, caller, deal, stage)


def transition(
    transaction: Transaction,
    caller: Caller,
    old: Deal,
    stage_id: str,
    note: str | None,
    around: DealContext,
) -> Deal:
    """Move a deal to a stage of its pipeline; nothing is written if it is in that stage.

    Args:
        transaction: the transaction of the request.
        caller: the caller who moves the deal.
        old: the deal as it was read.
        stage_id: the stage to enter.
        note: the caller's comment on the move.
        around: the context, whose reads may have been started in parallel to the deal.

    Raises:
        InvalidStageTransitionError: The pipeline does not allow the transition.
    """
    if stage_id == old.stage_id:
        return old
    pipeline = around.pipeline(old.pipeline_id)
    left, entered = around.transition(pipeline, old, stage_id)
    new = moved(caller, old, entered)
    owned.save(transaction, caller, new, old)
    write(transaction, caller, (old, new), pipeline, (left, entered), note)
    return new


def moved(caller: Caller, old: Deal, entered: Stage, **changes: object) -> Deal:
    """Return the deal in another stage, not yet written.

    Args:
        caller: the caller who moves the deal.
        old: the deal as it was read.
        entered: the stage to enter.
        changes: further changed fields, already validated.
    """
    now = clock.timestamp(clock.now())
    changed = old.changed(caller.user_id, **changes, stay_id=ids.new_id(), stage_entered_on=now)
    return changed.model_copy(update=stages.derived(entered, changed.amount, changed.currency, now))


def write(
    transaction: Transaction,
    caller: Caller,
    deal: tuple[Deal, Deal],
    pipeline: Pipeline,
    stage: tuple[Stage, Stage],
    note: str | None,
) -> None:
    """Stage the writes of a move except the deal itself: counts, history, and a Note.

    Args:
        transaction: the transaction that writes the deal.
        caller: the caller who moves the deal.
        deal: the deal before and after.
        pipeline: the deal's pipeline, as it was read.
        stage: the stage that it leaves, and the stage that it enters.
        note: the caller's comment on the move.
    """
    (old, new), (left, entered) = deal, stage
    pipelines.leave(transaction, old.organization_id, left.id)
    pipelines.enter(transaction, pipeline, entered)
    seconds = clock.seconds_between(old.stage_entered_on, new.stage_entered_on)
    transaction.update(
        stage_history_key(old.key, old.stay_id),
        [Path("left_on").set(new.stage_entered_on), Path("seconds").set(seconds)],
        Path("pk").exists(),
    )
    _keep(transaction, caller, new, entered, left, note)
    subject = f"Deal moved: {left.name} → {entered.name}"[:MAX_SUBJECT]
    activities.note(transaction, caller, Deal.KIND, new.id, subject, note)


def _keep(
    transaction: Transaction,
    caller: Caller,
    deal: Deal,
    entered: Stage,
    left: Stage | None = None,
    note: str | None = None,
) -> None:
    """Write the stage history entry of an entered stage."""
    entry = StoredStageHistoryEntry(
        id=deal.stay_id,
        stage_id=entered.id,
        stage_name=entered.name,
        entered_on=deal.stage_entered_on,
        entered_by=caller.user_id,
        note=note,
        from_stage_id=left.id if left else None,
        from_stage_name=left.name if left else None,
    )
    transaction.put(
        stage_history_key(deal.key, entry.id), entry.model_dump(), Path("pk").does_not_exist()
    )


def history(caller: Caller, deal_id: str) -> EntryList:
    """List a deal's stage history, oldest first. Callers check whether the deal may be seen."""
    deal = keys.record(caller.organization_id, Deal.KIND, deal_id)
    return child_item_list(deal, STAGE_HISTORY, oldest_first=True)
