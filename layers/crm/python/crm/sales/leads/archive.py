"""Lines of leads in archives. Pure."""

from typing import Annotated, Any

from pydantic import Field

from crm.platform.errors import ValidationFailedError
from crm.platform.fields import Id, Ids, Time
from crm.records.archive.lines import OwnedLine, require_together
from crm.records.archive.section import OwnedSection
from crm.sales.entities import normalization
from crm.sales.leads.schemas import MAX_TEAMS, Lead, LeadStatus, LeadWrite


class LeadLine(OwnedLine, LeadWrite):  # type: ignore[misc]
    """A lead. The currency of its amount is unknown, so the amount keeps its decimals."""

    RECORD = Lead

    shared_with: Annotated[Ids, Field(max_length=MAX_TEAMS)] = []
    status: LeadStatus = "assigned"  # type: ignore[assignment]  # written ones, and `converted`
    amount: Annotated[str, Field(pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?$")] | None = None
    converted_on: Time | None = None
    contact_id: Id | None = None
    account_id: Id | None = None
    deal_id: Id | None = None

    def fields(self, organization_id: str) -> dict[str, Any]:
        is_converted = self.status == "converted"
        require_together("converted_on", is_converted, self.converted_on)
        require_together("contact_id", is_converted, self.contact_id)
        try:
            phone = None if self.phone is None else normalization.phone(self.phone)
        except ValueError as error:
            raise ValidationFailedError.of("phone", str(error)) from error
        return {**super().fields(organization_id), "phone": phone}


SECTION = OwnedSection(LeadLine)
