"""Lines of entities, deals, leads, cases and activities. Pure."""

from typing import Annotated, Any, Literal

from pydantic import Field

from crm.administration.archive.lines import MadeId, OwnedLine
from crm.platform import money
from crm.platform.errors import ValidationFailedError
from crm.platform.fields import Currency, Id, Ids, OneOf, Time
from crm.platform.json import canonical
from crm.related.activities import completion
from crm.related.activities.schemas import (
    Activity,
    CallWrite,
    EmailWrite,
    EventWrite,
    NoteWrite,
    TaskWrite,
)
from crm.related.activities.service import MAX_BYTES
from crm.sales.cases.schemas import CLOSING, Case, CaseWrite
from crm.sales.deals import stages
from crm.sales.deals.schemas import Deal, DealStatus, DealWrite
from crm.sales.entities import normalization
from crm.sales.entities.schemas import Entity, EntityWrite
from crm.sales.leads.schemas import MAX_TEAMS, Lead, LeadStatus, LeadWrite
from crm.sales.pipelines.schemas import Probability

Teams = Annotated[Ids, Field(max_length=20)]
LeadTeams = Annotated[Ids, Field(max_length=MAX_TEAMS)]
Amount = Annotated[str, Field(max_length=40)]


# The types of owner and custom fields are narrower than those of request bodies.


class EntityLine(OwnedLine, EntityWrite):  # type: ignore[misc]
    """An entity."""

    RECORD = Entity

    shared_with: Teams = []
    merged_from: Annotated[Ids, Field(max_length=5000)] = []
    merging_into: Id | None = None


class DealLine(OwnedLine, DealWrite):  # type: ignore[misc]
    """A deal; its weighted amount is computed again."""

    RECORD = Deal

    shared_with: Teams = []
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
        _together("closed_on", self.status != "open", self.closed_on)
        amount = _amount(self.amount, self.currency)
        weighed = stages.weighed(amount, self.probability, self.currency)
        return {**super().fields(organization_id), "amount": amount, **weighed}


class LeadLine(OwnedLine, LeadWrite):  # type: ignore[misc]
    """A lead. The currency of its amount is unknown, so the amount keeps its decimals."""

    RECORD = Lead

    shared_with: LeadTeams = []
    status: LeadStatus = "assigned"  # type: ignore[assignment]  # written ones, and `converted`
    amount: Annotated[str, Field(pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?$")] | None = None
    converted_on: Time | None = None
    contact_id: Id | None = None
    account_id: Id | None = None
    deal_id: Id | None = None

    def fields(self, organization_id: str) -> dict[str, Any]:
        is_converted = self.status == "converted"
        _together("converted_on", is_converted, self.converted_on)
        _together("contact_id", is_converted, self.contact_id)
        try:
            phone = None if self.phone is None else normalization.phone(self.phone)
        except ValueError as error:
            raise ValidationFailedError.of("phone", str(error)) from error
        return {**super().fields(organization_id), "phone": phone}


class CaseLine(OwnedLine, CaseWrite):  # type: ignore[misc]
    """A case."""

    RECORD = Case

    shared_with: Teams = []
    closed_on: Time | None = None

    def fields(self, organization_id: str) -> dict[str, Any]:
        _together("closed_on", self.status in CLOSING, self.closed_on)
        return super().fields(organization_id)


class ActivityLine(OwnedLine):
    """Common fields of activities that are not part of a request body."""

    RECORD = Activity

    shared_with: Annotated[Ids, Field(max_length=0)] = []
    completed_on: Time | None = None

    def fields(self, organization_id: str) -> dict[str, Any]:
        whole = {**super().fields(organization_id), **completion.fields(self)}  # type: ignore[arg-type]
        _together("completed_on", whole["is_completed"], self.completed_on)
        return whole


class TaskLine(ActivityLine, TaskWrite):  # type: ignore[misc]
    """A task."""

    type: Literal["task"]


class EventLine(ActivityLine, EventWrite):  # type: ignore[misc]
    """An event."""

    type: Literal["event"]


class EmailLine(ActivityLine, EmailWrite):  # type: ignore[misc]
    """An email."""

    type: Literal["email"]


class NoteLine(ActivityLine, NoteWrite):  # type: ignore[misc]
    """A note."""

    type: Literal["note"]


class CallLine(ActivityLine, CallWrite):  # type: ignore[misc]
    """A telephone call."""

    type: Literal["call"]


class AnyActivityLine(OneOf[TaskLine | EventLine | EmailLine | NoteLine | CallLine]):
    """An activity, with the fields of its type."""

    root: Annotated[
        TaskLine | EventLine | EmailLine | NoteLine | CallLine, Field(discriminator="type")
    ]

    @property
    def place(self) -> str:
        return self.root.place

    def record(self, organization_id: str) -> Any:
        activity = self.root.record(organization_id)
        if len(canonical(activity.answer())) > MAX_BYTES:
            raise ValidationFailedError.of("body", f"makes more than {MAX_BYTES:,} bytes with all")
        return activity


def _together(field: str, is_due: bool, value: str | None) -> None:
    """Raises: ValidationFailedError: The value is not allowed for the status, or is missing."""
    if is_due != (value is not None):
        message = "is required for this status" if is_due else "does not go with this status"
        raise ValidationFailedError.of(field, message)


def _amount(amount: str | None, currency: str) -> str | None:
    try:
        return None if amount is None else money.amount(amount, currency)
    except ValueError as error:
        raise ValidationFailedError.of("amount", str(error)) from error
