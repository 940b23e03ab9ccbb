"""Lines of deals and their stage history in archives, and what is restored with them."""

from typing import Annotated, Any

from pydantic import Field
from pynamodb.expressions.operand import Path

from crm.platform import money
from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import ValidationFailedError
from crm.platform.fields import Currency, Id, Name, Text, Time
from crm.records.archive.lines import Line, MadeId, OwnedLine, Person, require_together
from crm.records.archive.section import OwnedSection
from crm.sales.deals import stages
from crm.sales.deals.schemas import (
    Deal,
    DealStatus,
    DealWrite,
    StoredStageHistoryEntry,
    stage_history_key,
)
from crm.sales.pipelines import service as pipelines
from crm.sales.pipelines.schemas import Pipeline, Probability, Stage

Amount = Annotated[str, Field(max_length=40)]


class DealLine(OwnedLine, DealWrite):  # type: ignore[misc]
    """A deal; its weighted amount is computed again."""

    RECORD = Deal

    amount: Amount | None = None
    currency: Currency
    pipeline_id: Id
    stage_id: Id
    status: DealStatus
    probability: Probability
    closed_on: Time | None = None
    stay_id: MadeId
    stage_entered_on: Time

    def fields(self, organization_id: str) -> dict[str, Any]:
        require_together("closed_on", self.status != "open", self.closed_on)
        amount = _amount(self.amount, self.currency)
        weighed = stages.weighed(amount, self.probability, self.currency)
        return {**super().fields(organization_id), "amount": amount, **weighed}


class StageHistoryLine(Line):
    """A stage history entry of a deal; the stage may be deleted."""

    deal_id: Id
    id: MadeId
    stage_id: Id
    stage_name: Name
    entered_on: Time
    left_on: Time | None = None
    seconds: Annotated[int, Field(ge=0, le=10**12)] | None = None
    entered_by: Person
    note: Text | None = None
    from_stage_id: Id | None = None
    from_stage_name: Name | None = None

    @property
    def place(self) -> str:
        return f"{self.deal_id}#{self.id}"

    def stay(self) -> StoredStageHistoryEntry:
        """Return the stage history entry.

        Raises:
            ValidationFailedError: The entry has only one of its end and its duration.
        """
        if (self.left_on is None) != (self.seconds is None):
            raise ValidationFailedError.of("seconds", "goes together with left_on")
        return StoredStageHistoryEntry(**self.model_dump(exclude={"deal_id"}))


class AlreadyRestoredError(Exception):
    """The stage history entry is already restored, and may have ended since."""


def restore(transaction: Transaction, deal: Deal) -> None:
    """Count a deal in its stage, and begin its current stage history entry.

    Args:
        transaction: the transaction that writes the deal.
        deal: the deal of the archive.

    Raises:
        ValidationFailedError: The stage does not exist, or does not fit the deal's status.
    """
    pipeline, stage = _stage(deal)
    pipelines.enter(transaction, pipeline, stage)
    entry = StoredStageHistoryEntry(
        id=deal.stay_id,
        stage_id=stage.id,
        stage_name=stage.name,
        entered_on=deal.stage_entered_on,
        entered_by=deal.updated_by,
    )
    key = stage_history_key(deal.key, entry.id)
    transaction.put(key, entry.model_dump(), Path("pk").does_not_exist())


def restore_stage_history(
    transaction: Transaction, deal: Deal, entry: StoredStageHistoryEntry
) -> None:
    """Write a stage history entry of a restored deal; the current one never gets an end.

    Raises:
        ValidationFailedError: An earlier entry has no end.
        StandsError: The entry is already written.
    The commit raises:
        StandsError: The entry was written, or has ended, concurrently.
    """
    key = stage_history_key(deal.key, entry.id)
    if entry.id == deal.stay_id:
        present = entry.model_copy(update={"left_on": None, "seconds": None})
        stands = RECORDS.get(key)
        if stands is not None and StoredStageHistoryEntry.model_validate(stands) == present:
            raise AlreadyRestoredError
        has_no_end = Path("left_on").does_not_exist()
        transaction.put(key, present.model_dump(), has_no_end, AlreadyRestoredError)
        return
    if entry.left_on is None and deal.stage_entered_on <= entry.entered_on:
        raise ValidationFailedError.of("left_on", "is required for a stay that is not the present")
    transaction.put(key, entry.model_dump(), Path("pk").does_not_exist(), AlreadyRestoredError)


def _stage(deal: Deal) -> tuple[Pipeline, Stage]:
    pipeline = read(Pipeline, deal.organization_id, deal.pipeline_id)
    stage = pipeline.stage(deal.stage_id) if pipeline else None
    if pipeline is None or stage is None:
        raise ValidationFailedError.of("stage_id", "is no stage of the pipeline")
    if stages.STATUS_IN[stage.status] != deal.status:
        raise ValidationFailedError.of("status", "is not that of the stage")
    return pipeline, stage


def _amount(amount: str | None, currency: str) -> str | None:
    try:
        return None if amount is None else money.amount(amount, currency)
    except ValueError as error:
        raise ValidationFailedError.of("amount", str(error)) from error


SECTION = OwnedSection(DealLine, restore, needs=("stage_id",), without=("weighted_amount",))
