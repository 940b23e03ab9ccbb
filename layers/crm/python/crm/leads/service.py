"""Leads: making, finding, changing and deleting them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from crm import money
from crm.access import Caller
from crm.custom_fields import service as custom_fields
from crm.custom_fields.service import Definitions
from crm.entities import service as entities
from crm.errors import AlreadyConvertedError, ValidationFailedError
from crm.leads.schemas import Lead as Lead
from crm.leads.schemas import LeadQuery, email_list, status_list
from crm.leads.schemas import LeadWrite as LeadWrite
from crm.organizations import service as organizations
from crm.owned import service as owned
from crm.patch import Patch
from crm.search import index
from crm.search.text import fold, matches
from crm.store.codec import Item
from crm.store.lists import HIGHEST, LOWEST, EntryList, Intersection
from crm.store.transaction import Transaction


def definitions(caller: Caller) -> Definitions:
    """The custom fields of leads."""
    return custom_fields.definitions(caller.organization_id, Lead.KIND)


def create(
    transaction: Transaction, caller: Caller, lead_id: str, body: LeadWrite, known: Definitions
) -> Lead:
    """Make a lead, the caller's own unless it says whose.

    Raises:
        ValidationFailedError: the amount or the phone number.
        CustomFieldValidationError: its custom fields.
    The commit raises:
        ValidationFailedError: the owner is no active member, or a team is unknown.
    """
    lead = Lead.create(
        caller.organization_id,
        caller.user_id,
        **{
            **_fields(caller, body, None),
            "id": lead_id,
            "assigned_to": body.assigned_to or caller.user_id,
            "custom_fields": known.create(body.custom_fields),
        },
    )
    owned.save(transaction, caller, lead, None)
    return lead


def update(
    transaction: Transaction,
    caller: Caller,
    old: Lead,
    body: LeadWrite,
    custom: dict[str, Any],
) -> Lead:
    """Change a lead as a whole.

    Args:
        transaction: the request's.
        caller: who changes it.
        old: the lead as it was read.
        body: what it shall be.
        custom: its custom fields as they shall be stored.

    Raises:
        AlreadyConvertedError: its status is `converted` for good, and nobody can write that.
        ValidationFailedError: the amount or the phone number.
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
    """Change a lead in part, a converted one all but its status.

    Raises what `update` raises, and for its custom fields.
    """
    custom = known.patch(changes.changes("custom_fields"), old.custom_fields)
    if old.converted_on is None:
        return update(transaction, caller, old, changes.over(old), custom)
    body = changes.over(old.model_copy(update={"status": "assigned"}))
    if changes.names("status"):
        raise AlreadyConvertedError("The status of a converted lead does not change.")
    fields = {**_fields(caller, body, old), "status": old.status}
    return _save(transaction, caller, old, fields, custom)


def search(caller: Caller, query: LeadQuery) -> EntryList:
    """The leads that a caller may see by name, narrowed by filters."""
    lists = owned.Lists(Lead, caller)
    operands: list[EntryList] = []
    if query.status:
        operands.append(lists.named([status_list(query.status)]))
    if query.assigned_to:
        operands.append(lists.assigned_to(query.assigned_to))
    if query.email:
        operands.append(lists.named([email_list(query.email)]))
    operands += index.lists_of(
        Lead, caller.organization_id, query.name or "", lists.allowance, (LOWEST, HIGHEST)
    )
    if not operands or not caller.is_admin:
        operands.append(lists.visible())
    return operands[0] if len(operands) == 1 else Intersection(operands)


def rows(caller: Caller, query: LeadQuery, entries: Sequence[Item]) -> list[dict[str, Any]]:
    """The rows of a page of `search`; what no longer belongs on it is left out."""
    known = definitions(caller)
    sought = fold(query.name or "")
    return [
        answer(lead, known)
        for lead in owned.visible_rows(Lead, caller, entries)
        if matches(fold(lead.searched_text()), sought)
    ]


def answer(lead: Lead, known: Definitions) -> dict[str, Any]:
    """A lead as lists and writes answer it."""
    return {**lead.answer(), "custom_fields": known.answer(lead.custom_fields)}


def _save(
    transaction: Transaction,
    caller: Caller,
    old: Lead,
    fields: dict[str, Any],
    custom: dict[str, Any],
) -> Lead:
    owner = fields["assigned_to"] or old.created_by
    whole = {**fields, "assigned_to": owner, "custom_fields": custom}
    new = old.changed(caller.user_id, **whole)
    owned.save(transaction, caller, new, old)
    return new


def _fields(caller: Caller, body: LeadWrite, old: Lead | None) -> dict[str, Any]:
    """What a body says, in normal form."""
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
    """The amount as it is stored; one that stays is not measured by a currency that is new."""
    if body.amount is None:
        return None
    if old is not None and old.amount is not None and Decimal(old.amount) == body.amount:
        return old.amount
    currency = organizations.read_organization(caller).default_currency
    try:
        return money.amount(body.amount, currency)
    except ValueError as error:
        raise ValidationFailedError.of("amount", str(error)) from error
