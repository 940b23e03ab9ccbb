"""Create, find, change and delete leads."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from crm.platform import money
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import AlreadyConvertedError, ValidationFailedError
from crm.platform.merge_patch import Patch
from crm.records import record_lists, writes
from crm.records import repository as owned
from crm.records.custom_fields import service as custom_fields
from crm.records.custom_fields.service import Definitions
from crm.records.record_lists import answer as answer
from crm.related import cascade
from crm.sales.entities import service as entities
from crm.sales.leads.schemas import Lead as Lead
from crm.sales.leads.schemas import LeadQuery as LeadQuery
from crm.sales.leads.schemas import LeadWrite as LeadWrite
from crm.sales.leads.schemas import email_list as email_list
from crm.sales.leads.schemas import status_list
from crm.tenancy.organizations import service as organizations
from crm.tenancy.permissions import Caller


def definitions(caller: Caller) -> Definitions:
    """Return the custom fields of leads."""
    return custom_fields.definitions(caller.organization_id, Lead.KIND)


def create(
    transaction: Transaction, caller: Caller, lead_id: str, body: LeadWrite, known: Definitions
) -> Lead:
    """Create a lead; the caller is the owner unless the body names one.

    Raises:
        ValidationFailedError: The amount or the phone number is invalid.
        CustomFieldValidationError: The custom fields are invalid.
    The commit raises:
        ValidationFailedError: The owner is no active member, or a team is unknown.
    """
    lead = writes.made(Lead, caller, lead_id, _fields(caller, body, None), known)
    owned.save(transaction, caller, lead, None)
    return lead


def update(
    transaction: Transaction,
    caller: Caller,
    old: Lead,
    body: LeadWrite,
    custom: dict[str, Any],
) -> Lead:
    """Replace a lead.

    Raises:
        AlreadyConvertedError: The lead is converted: its status is final, and no body can name it.
        ValidationFailedError: The amount or the phone number is invalid.
    """
    if old.converted_on is not None:
        raise AlreadyConvertedError("The status of a converted lead does not change.")
    return _save(transaction, caller, old, _fields(caller, body, old), custom)


def patch(
    transaction: Transaction,
    caller: Caller,
    old: Lead,
    changes: Patch[LeadWrite],
    known: Definitions,
) -> Lead:
    """Change parts of a lead; of a converted lead, everything but its status.

    Raises the errors of `update`, and those of invalid custom fields.
    """
    custom = known.patch(changes.changes("custom_fields"), old.custom_fields)
    if old.converted_on is None:
        return update(transaction, caller, old, changes.over(old), custom)
    body = changes.over(old.model_copy(update={"status": "assigned"}))
    if changes.names("status"):
        raise AlreadyConvertedError("The status of a converted lead does not change.")
    fields = {**_fields(caller, body, old), "status": old.status}
    return _save(transaction, caller, old, fields, custom)


def delete(old: Lead) -> None:
    """Delete a lead and its dependents. The records it was converted into stay.

    Raises:
        StaleReadError: The lead was changed since it was read.
    """
    cascade.delete(old)


def search(caller: Caller, query: LeadQuery) -> EntryList:
    """List the leads that the caller may see, narrowed by the query's filters."""
    lists = record_lists.Lists(Lead, caller)
    operands = []
    if query.status:
        operands.append(lists.named([status_list(query.status)]))
    if query.email:
        operands.append(lists.named([email_list(query.email)]))
    return lists.narrowed(query, operands)


def rows(caller: Caller, query: LeadQuery, entries: Sequence[Item]) -> list[dict[str, Any]]:
    """Return the rows of a page of `search`, without leads that no longer match."""
    return record_lists.rows(Lead, caller, query, entries)


def _save(
    transaction: Transaction,
    caller: Caller,
    old: Lead,
    fields: dict[str, Any],
    custom: dict[str, Any],
) -> Lead:
    new = writes.changed(caller, old, fields, custom)
    owned.save(transaction, caller, new, old)
    return new


def _fields(caller: Caller, body: LeadWrite, old: Lead | None) -> dict[str, Any]:
    """Return the fields of a body in normal form."""
    return {
        **body.model_dump(),
        "phone": _phone(body),
        "amount": _amount(caller, body, old),
    }


def _phone(body: LeadWrite) -> str | None:
    try:
        return None if body.phone is None else entities.phone(body.phone)
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
