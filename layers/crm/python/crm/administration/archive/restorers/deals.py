"""Restores deals from an archive."""

from pynamodb.expressions.operand import Path

from crm.administration.archive.restorers import targets
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import ValidationFailedError
from crm.records import references
from crm.sales.deals import stages
from crm.sales.deals.schemas import Deal, StoredStageHistoryEntry, stage_history_key
from crm.sales.pipelines import service as pipelines
from crm.sales.pipelines.service import Pipeline, Stage


class StandsError(Exception):
    """The stage history entry is already restored, and may have ended since."""


def restore(transaction: Transaction, deal: Deal) -> None:
    """Count a deal in its stage and entity, and begin its current stage history entry.

    Args:
        transaction: the transaction that writes the deal.
        deal: the deal of the archive.

    Raises:
        ValidationFailedError: The stage does not exist, or does not fit the deal's status.
    The commit raises:
        ValidationFailedError: The entity does not exist.
    """
    pipeline, stage = _stage(deal)
    pipelines.enter(transaction, pipeline, stage)
    references.increment(transaction, deal.organization_id, deal.entity_id, Deal.KIND)
    entity = RecordRef(references.ENTITY, deal.entity_id)
    targets.require(transaction, deal.organization_id, entity, "entity_id")
    stay = StoredStageHistoryEntry(
        id=deal.stay_id,
        stage_id=stage.id,
        stage_name=stage.name,
        entered_on=deal.stage_entered_on,
        entered_by=deal.updated_by,
    )
    key = stage_history_key(deal.key, stay.id)
    transaction.put(key, stay.model_dump(), Path("pk").does_not_exist())


def restore_stay(transaction: Transaction, deal: Deal, stay: StoredStageHistoryEntry) -> None:
    """Write a stage history entry of a restored deal; the current one never gets an end.

    Raises:
        ValidationFailedError: An earlier entry has no end.
        StandsError: The entry is already written.
    The commit raises:
        StandsError: The entry was written, or has ended, concurrently.
    """
    key = stage_history_key(deal.key, stay.id)
    if stay.id == deal.stay_id:
        present = stay.model_copy(update={"left_on": None, "seconds": None})
        stands = RECORDS.get(key)
        if stands is not None and StoredStageHistoryEntry.model_validate(stands) == present:
            raise StandsError
        has_no_end = Path("left_on").does_not_exist()
        transaction.put(key, present.model_dump(), has_no_end, StandsError)
        return
    if stay.left_on is None and deal.stage_entered_on <= stay.entered_on:
        raise ValidationFailedError.of("left_on", "is required for a stay that is not the present")
    transaction.put(key, stay.model_dump(), Path("pk").does_not_exist(), StandsError)


def _stage(deal: Deal) -> tuple[Pipeline, Stage]:
    pipeline = read(Pipeline, deal.organization_id, deal.pipeline_id)
    stage = pipeline.stage(deal.stage_id) if pipeline else None
    if pipeline is None or stage is None:
        raise ValidationFailedError.of("stage_id", "is no stage of the pipeline")
    if stages.STATUS_IN[stage.status] != deal.status:
        raise ValidationFailedError.of("status", "is not that of the stage")
    return pipeline, stage
