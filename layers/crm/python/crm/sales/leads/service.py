"""Create, find, change and delete leads."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from crm.platform import money
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import AlreadyConvertedError, ValidationFailedError
from crm.platform.merge_patch import Patch
from crm.records.custom_fields.definitions import Definitions, StoredFields
from crm.records.owned_service import OwnedService
from crm.records.record_service import Fields
from crm.related import cascade
from crm.sales.entities import normalization
from crm.sales.leads.schemas import Lead, LeadQuery, LeadWrite, email_list, status_list
from crm.tenancy.organizations import service as organizations
from crm.tenancy.permissions import Caller


class _Leads(OwnedService[Lead, LeadWrite, LeadQuery]):
    """The service of leads. The records that a lead is converted into stay when it is deleted."""

    def update(
        self,
        transaction: Transaction,
        caller: Caller,
        old: Lead,
        body: LeadWrite,
        custom: StoredFields,
        around: Any = None,
    ) -> Lead:
        """Replace a lead.

        Raises:
            AlreadyConvertedError: The lead is converted: its status is final, and no body can name
                it.
        """
        if old.converted_on is not None:
            raise AlreadyConvertedError("The status of a converted lead does not change.")
        return super().update(transaction, caller, old, body, custom, around)

    def patch(
        self,
        transaction: Transaction,
        caller: Caller,
        old: Lead,
        changes: Patch[LeadWrite],
        known: Definitions,
        around: Any = None,
    ) -> Lead:
        """Change parts of a lead; of a converted lead, everything but its status."""
        if old.converted_on is None:
            return super().patch(transaction, caller, old, changes, known, around)
        custom = known.patch(changes.changes("custom_fields"), old.custom_fields)
        body = changes.over(old.model_copy(update={"status": "assigned"}))
        if changes.names("status"):
            raise AlreadyConvertedError("The status of a converted lead does not change.")
        fields = {**self.fields(caller, body, old), "status": old.status}
        return self.save(transaction, caller, old, fields, custom)

    def fields(self, caller: Caller, body: LeadWrite, old: Lead | None) -> Fields:
        own = {"phone": _phone(body), "amount": _amount(caller, body, old)}
        return {**body.model_dump(), **own}

    def filters(self, query: LeadQuery) -> Iterator[Sequence[str]]:
        if query.status:
            yield [status_list(query.status)]
        if query.email:
            yield [email_list(query.email)]

    def delete(self, old: Lead) -> None:
        cascade.delete(old)

    def match_lists(self, field: str, row: Fields) -> Sequence[str] | None:
        if field != "email":
            return None
        return [email_list(row["email"])] if row.get("email") else []


def _phone(body: LeadWrite) -> str | None:
    try:
        return None if body.phone is None else normalization.phone(body.phone)
    except ValueError as error:
        raise ValidationFailedError.of("phone", str(error)) from error


def _amount(caller: Caller, body: LeadWrite, old: Lead | None) -> str | None:
    """Return the amount as stored; an unchanged one is not validated against a new currency."""
    if body.amount is None:
        return None
    if old is not None and old.amount is not None and Decimal(old.amount) == body.amount:
        return old.amount
    currency = organizations.read_organization(caller).default_currency
    try:
        return money.amount(body.amount, currency)
    except ValueError as error:
        raise ValidationFailedError.of("amount", str(error)) from error


LEADS = _Leads(Lead)
