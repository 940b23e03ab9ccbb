"""Leads and their conversion."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, Field, StringConstraints

from crm.platform.fields import (
    EmailAddress,
    Id,
    Ids,
    Input,
    Name,
    Number,
    Output,
    PageQuery,
    StoredId,
    StoredTime,
    UserId,
)
from crm.records.owned_record import OwnedRecord

LeadStatus = Literal["assigned", "in_process", "converted", "recycled", "closed"]
WritableStatus = Literal["assigned", "in_process", "recycled", "closed"]

MAX_TEAMS = 15
"""Teams per lead: each adds index items to contact, account and deal, all in one transaction."""


class LeadWrite(Input):
    """Body of POST and PUT. `assigned_to` defaults to whoever makes the lead.

    `amount` is in the organization's default currency.
    """

    first_name: Name | None = None
    last_name: Name
    organization_name: Name | None = None
    email: EmailAddress | None = None
    phone: Name | None = None
    source: Name | None = None
    status: WritableStatus = "assigned"
    amount: Number | None = None
    assigned_to: UserId | None = None
    shared_with: Annotated[Ids, Field(max_length=MAX_TEAMS)] = []
    custom_fields: dict[str, Any] | None = None


class LeadQuery(PageQuery):
    """Filters of the list of leads."""

    status: LeadStatus | None = None
    assigned_to: UserId | None = None
    name: Annotated[str | None, StringConstraints(max_length=255)] = None
    email: EmailAddress | None = None


class LeadConvert(Input):
    """Body of `POST /api/leads/{id}/convert`.

    `pipeline_id` and `deal_name` are heeded with `create_deal` only: the deal is in the first stage
    of that pipeline, or of the default one, and has that name, or its entity's.
    """

    create_deal: bool = False
    pipeline_id: Id | None = None
    deal_name: Name | None = None


class Lead(OwnedRecord):
    """Somebody who may become a customer.

    Attributes:
        email: in its normal form.
        phone: in E.164.
        amount: decimal string, in the organization's default currency when it was written.
        converted_on: when it became something else; None until then.
        contact_id, account_id, deal_id: what it became.
    """

    KIND: ClassVar[str] = "lead"
    BODY: ClassVar[type[BaseModel]] = LeadWrite
    QUERY: ClassVar[type[PageQuery]] = LeadQuery
    logged_ids: ClassVar[tuple[str, ...]] = ("contact_id", "deal_id")
    match_on: ClassVar[tuple[str, ...]] = ("id", "email")
    list_partitions: ClassVar[tuple[str, ...]] = ("all",)

    first_name: str | None = None
    last_name: str
    organization_name: str | None = None
    email: str | None = None
    phone: str | None = None
    source: str | None = None
    status: LeadStatus = "assigned"
    amount: str | None = None
    converted_on: StoredTime | None = None
    contact_id: StoredId | None = None
    account_id: StoredId | None = None
    deal_id: StoredId | None = None

    @property
    def list_partition(self) -> str:
        """One partition for all: by status, a conversion would rewrite each list of each team."""
        return "all"

    def index_names(self) -> Iterable[str]:
        yield status_list(self.status)
        if self.email:
            yield email_list(self.email)

    def dates(self) -> Mapping[str, str | None]:
        return {"converted_on": self.converted_on}

    def searched_text(self) -> str:
        names = (self.first_name, self.last_name, self.organization_name)
        return " ".join(name for name in names if name)

    def action(self, old: Self | None) -> str:
        converted = old is not None and old.converted_on is None and self.converted_on is not None
        return "converted" if converted else super().action(old)

    @property
    def full_name(self) -> str:
        return f"{self.first_name or ''} {self.last_name}".strip()


def status_list(status: LeadStatus) -> str:
    return f"status#{status}"


def email_list(email: str) -> str:
    """Return the index name of leads with an address: mailboxes do not differ by case."""
    return f"email#{email.casefold()}"


class Conversion(Output):
    """What a lead has become.

    Attributes:
        account_id: null if the lead names no organization.
        deal_id: null if none was asked for.
    """

    lead: Lead
    contact_id: str
    account_id: str | None
    deal_id: str | None
