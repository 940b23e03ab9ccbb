"""Create, find, change and delete deals."""

from collections.abc import Sequence
from functools import partial
from typing import Any, TypedDict

from crm.platform import clock, ids, money
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, EntryList, Intersection, take
from crm.platform.dynamodb.parallel import ahead, guarded
from crm.platform.dynamodb.queries import record_ids_of
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import NotFoundError, ValidationFailedError
from crm.platform.merge_patch import Patch
from crm.records import date_ranges, record_lists, references
from crm.records import repository as owned
from crm.records.custom_fields.definitions import Definitions, StoredFields
from crm.records.owned_record import entity_list
from crm.records.owned_service import OwnedService
from crm.records.references import SoughtEntity
from crm.related import cascade
from crm.sales.deals import context, stages, transitions
from crm.sales.deals.context import DealContext
from crm.sales.deals.schemas import (
    CLOSE_LIST,
    Deal,
    DealQuery,
    DealWrite,
    StageHistoryEntry,
    month_list,
    months_between,
    pipeline_list,
    stage_history_key,
    stage_list,
)
from crm.sales.pipelines import service as pipelines
from crm.sales.pipelines.schemas import Pipeline, Stage
from crm.tenancy.permissions import Caller

FEW_DEALS = 400
"""Matches of a long date range that are read whole; if there are more, all deals are filtered."""


class _Deals(OwnedService[Deal, DealWrite, DealQuery]):
    """The service of deals."""

    def create(
        self,
        transaction: Transaction,
        caller: Caller,
        record_id: str,
        body: DealWrite,
        known: Definitions,
    ) -> Deal:
        """Create a deal; owner and stage default to the caller and the first stage.

        Raises:
            ValidationFailedError: The amount, the stage or the entity is invalid.
            InvalidStageTransitionError: The stage is being emptied.
        """
        around = DealContext(caller, is_without_currency=body.currency is None)
        _, (pipeline, stage) = guarded(
            lambda: SoughtEntity(caller, None).require(body.entity_id),
            lambda: _stage_to_begin_in(caller, body.stage_id),
        )
        currency = body.currency or around.currency()
        fields = {
            **body.model_dump(),
            "amount": _amount(body, currency),
            "currency": currency,
            "assigned_to": body.assigned_to or caller.user_id,
            "custom_fields": known.create(body.custom_fields),
        }
        deal = _new(caller, record_id, stage, fields)
        owned.save(transaction, caller, deal, None)
        transitions.begin(transaction, caller, deal, pipeline, stage)
        references.add(transaction, deal.organization_id, deal.entity_id, Deal.KIND)
        return deal

    def read_ahead(self, caller: Caller, change: DealWrite | Patch[DealWrite]) -> DealContext:
        if isinstance(change, Patch):
            return context.of_patch(caller, change)
        return context.of_body(caller, change)

    def update(
        self,
        transaction: Transaction,
        caller: Caller,
        old: Deal,
        body: DealWrite,
        custom: StoredFields,
        around: DealContext | None = None,
    ) -> Deal:
        """Replace a deal. Another `stage_id` moves it, by the rules of `transitions.transition`.

        Raises:
            ValidationFailedError: The amount or the entity is invalid.
            InvalidStageTransitionError: The pipeline does not allow the transition to the stage.
        """
        around = around or context.of_body(caller, body)
        currency = body.currency or around.currency()
        changes: dict[str, Any] = {
            **body.model_dump(exclude={"stage_id"}),
            "amount": _amount(body, currency),
            "currency": currency,
            "assigned_to": body.assigned_to or old.created_by,
            "custom_fields": custom,
        }
        if body.stage_id == old.stage_id:
            weighed = stages.weighed(changes["amount"], old.probability, currency)
            new = old.changed(caller.user_id, **{**changes, **weighed})
        else:
            new = _moved(transaction, caller, old, around, body.stage_id, changes)
        owned.save(transaction, caller, new, old)
        references.count(transaction, new, old, around.require_entity)
        return new

    def delete(self, old: Deal) -> None:
        removal = Transaction()
        removal.delete(stage_history_key(old.key, old.stay_id))
        pipelines.leave(removal, old.organization_id, old.stage_id)
        cascade.delete(old, removal)

    def search(self, caller: Caller, query: DealQuery) -> EntryList:
        """List the deals that the caller may see, narrowed by the query's filters."""
        after, before = query.expected_close_after, query.expected_close_before
        accept = partial(_closes, after=after, before=before) if after or before else None
        lists = record_lists.Lists(Deal, caller, [query.status] if query.status else None, accept)
        operands: list[EntryList] = []
        months = months_between(after, before) if after and before else None
        if months is not None:
            operands.append(lists.named(map(month_list, months)))
        elif accept is not None:
            organization_id, between = caller.organization_id, (after or LOWEST, before or HIGHEST)
            few = date_ranges.in_range(
                Deal, organization_id, [CLOSE_LIST], between, lists.budget, most=FEW_DEALS
            )
            operands += [few] if few is not None else []
        if query.stage_id:
            operands.append(lists.named([stage_list(query.stage_id)]))
        if query.pipeline_id:
            operands.append(lists.named([pipeline_list(query.pipeline_id)]))
        if query.entity_id:
            operands.append(lists.named([entity_list(query.entity_id)]))
        return lists.narrowed(query, operands)


DEALS = _Deals(Deal)


class Beginning:
    """Stage, currency and custom fields of a deal created with its entity; reads start at once.

    Args:
        caller: the caller who creates the deal.
        pipeline_id: the pipeline whose first stage the deal enters; None for the default one.
    """

    def __init__(self, caller: Caller, pipeline_id: str | None) -> None:
        self.first_stage = ahead(lambda: _first_stage(caller, pipeline_id))
        self.around = DealContext(caller, is_without_currency=True)
        self.known = DEALS.definitions(caller)


class NewDeal(TypedDict):
    """Fields of a deal that is created with its entity: the amount has no currency yet."""

    name: str
    amount: str | None
    entity_id: str
    assigned_to: str
    shared_with: list[str]


def create_with_entity(
    transaction: Transaction, caller: Caller, beginning: Beginning, fields: NewDeal
) -> Deal:
    """Create a deal in a transaction that itself checks its entity, its owner and its teams.

    Args:
        transaction: creates the entity, or has the condition that it exists.
        caller: the caller who creates the deal.
        beginning: the reads for the deal.
        fields: the fields of the deal.

    Raises:
        ValidationFailedError: The pipeline is invalid, or the amount is invalid in the
            organization's currency.
        InvalidStageTransitionError: The first stage is being emptied.
    """
    pipeline, stage = beginning.first_stage()
    currency = beginning.around.currency()
    whole = {
        **fields,
        "amount": _exact(fields["amount"], currency),
        "currency": currency,
        "custom_fields": beginning.known.defaults(),
    }
    deal = _new(caller, ids.new_id(), stage, whole)
    transaction.save(deal, None)
    transitions.begin(transaction, caller, deal, pipeline, stage)
    references.increment(transaction, deal.organization_id, deal.entity_id, Deal.KIND)
    return deal


def _new(caller: Caller, deal_id: str, stage: Stage, fields: dict[str, Any]) -> Deal:
    """Return a new deal in a stage, not yet written."""
    now = clock.timestamp(ids.created_on(deal_id) or clock.now())
    return Deal.create(
        caller.organization_id,
        caller.user_id,
        **{
            **fields,
            **stages.derived(stage, fields["amount"], fields["currency"], now),
            "id": deal_id,
            "stay_id": ids.new_id(),
            "stage_entered_on": now,
        },
    )


def of_entity(caller: Caller, entity_id: str, limit: int) -> list[str]:
    """Return the ids of an entity's newest deals that the caller may see."""
    lists = owned.Lists(Deal, caller)
    deals = lists.named([entity_list(entity_id)])
    seen = deals if caller.is_admin else Intersection([deals, lists.visible()])
    return record_ids_of(take(seen, limit).entries)


def stage_history_rows(entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of `transitions.history`."""
    return [StageHistoryEntry.model_validate(entry).model_dump() for entry in entries]


def _moved(
    transaction: Transaction,
    caller: Caller,
    old: Deal,
    around: DealContext,
    stage_id: str | None,
    changes: dict[str, Any],
) -> Deal:
    """Return a deal with a changed stage; without a `stage_id`, the first stage of its pipeline."""
    pipeline = around.pipeline(old.pipeline_id)
    target = stage_id or pipeline.stages[0].id
    if target == old.stage_id:
        # The deal may have entered its stage after another stage had become the first.
        pipelines.require_unchanged(transaction, pipeline)
        weighed = stages.weighed(changes["amount"], old.probability, changes["currency"])
        return old.changed(caller.user_id, **{**changes, **weighed})
    left, entered = around.transition(pipeline, old, target)
    new = transitions.moved(caller, old, entered, **changes)
    transitions.write(transaction, caller, (old, new), pipeline, (left, entered), None)
    return new


def _stage_to_begin_in(caller: Caller, stage_id: str | None) -> tuple[Pipeline, Stage]:
    if stage_id is None:
        pipeline = pipelines.default(caller.organization_id)
        stage = pipeline.stages[0] if pipeline and pipeline.stages else None
    else:
        pipeline = pipelines.of_stage(caller.organization_id, stage_id)
        stage = pipeline.stage(stage_id) if pipeline else None
    if pipeline is None or stage is None:
        message = "is required: no pipeline has a first stage" if stage_id is None else "is unknown"
        raise ValidationFailedError.of("stage_id", message)
    if not pipeline.is_active:
        raise ValidationFailedError.of("stage_id", "belongs to a pipeline that is not active")
    stages.require_enterable(stage)
    return pipeline, stage


def _first_stage(caller: Caller, pipeline_id: str | None) -> tuple[Pipeline, Stage]:
    """Return pipeline and first stage of a new deal; None stands for the default pipeline."""
    try:
        pipeline = (
            pipelines.find(caller, pipeline_id)
            if pipeline_id
            else pipelines.default(caller.organization_id)
        )
    except NotFoundError as error:
        raise ValidationFailedError.of("pipeline_id", "is unknown") from error
    if pipeline is None or not pipeline.is_active or not pipeline.stages:
        raise ValidationFailedError.of("pipeline_id", "is required: an active one with stages")
    stages.require_enterable(pipeline.stages[0])
    return pipeline, pipeline.stages[0]


def _amount(body: DealWrite, currency: str) -> str | None:
    return _exact(body.amount, currency)


def _exact(amount: Any, currency: str) -> str | None:
    try:
        return None if amount is None else money.amount(amount, currency)
    except ValueError as error:
        raise ValidationFailedError.of("amount", str(error)) from error


def _closes(entry: Item, after: str | None, before: str | None) -> bool:
    """Return whether the deal of an index item is expected to close between two dates."""
    expected: str | None = entry.get("expected_close_date")
    return expected is not None and (after or LOWEST) <= expected < (before or HIGHEST)
