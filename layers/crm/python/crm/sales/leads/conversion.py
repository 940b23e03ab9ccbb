"""Conversion of a lead into a contact, their employer's account, and optionally a deal, atomically.

The dependents of the lead move afterwards, in transactions of their own. A child item of the lead,
written by the conversion, marks the pending move; it is deleted when all have moved. An
interrupted move is completed by the stream, or by a repeated request to convert the lead.
"""

from contextlib import suppress
from functools import partial

from crm.platform import clock
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import (
    AlreadyConvertedError,
    ConflictError,
    NotFoundError,
    UnavailableError,
)
from crm.records import timeline_events
from crm.records.custom_fields.definitions import Definitions
from crm.related import cascade
from crm.sales.deals import service as deals
from crm.sales.deals.schemas import Deal
from crm.sales.deals.service import Beginning, NewDeal
from crm.sales.entities import service as entities
from crm.sales.entities.inline_creation import account_named, create_inline, employ
from crm.sales.entities.parts import require_entity
from crm.sales.entities.schemas import Channel, Entity
from crm.sales.entities.service import ENTITIES
from crm.sales.leads.schemas import Conversion, Lead, LeadConvert
from crm.tenancy.members import service as members
from crm.tenancy.permissions import Caller

MAX_NAME = 255

_EVENT = "conversion"


class ConversionContext:
    """The records that a conversion needs, read in parallel to the lead.

    Args:
        caller: the caller who converts the lead.
        body: says whether a deal is created, and which.
    """

    def __init__(self, caller: Caller, body: LeadConvert) -> None:
        self.entities = ENTITIES.definitions(caller)
        self.deal = deals.Beginning(caller, body.pipeline_id) if body.create_deal else None


def convert(
    transaction: Transaction,
    caller: Caller,
    old: Lead,
    body: LeadConvert,
    around: ConversionContext,
) -> Conversion:
    """Convert a lead.

    All created records get the lead's owner and teams. Its custom fields stay with the lead.

    Args:
        transaction: the transaction of the request.
        caller: the caller, who may change the lead.
        old: the lead as it was read.
        body: says whether a deal is created, and which.
        around: the context, whose reads may have been started in parallel to the lead.

    Raises:
        AlreadyConvertedError: The lead is converted already.
        ValidationFailedError: The pipeline is invalid, or the amount is invalid in the current
            default currency.
    The commit raises:
        ValidationFailedError: The owner is no active member any more.
    """
    if old.converted_on is not None:
        with suppress(UnavailableError):
            move(caller, old)
        raise AlreadyConvertedError
    contact, account = _people(transaction, caller, old, around.entities)
    deal = (
        _deal(transaction, caller, old, body, account or contact, around.deal)
        if around.deal
        else None
    )
    new = old.changed(
        caller.user_id,
        status="converted",
        converted_on=clock.timestamp(clock.now()),
        contact_id=contact.id,
        account_id=account.id if account else None,
        deal_id=deal.id if deal else None,
    )
    transaction.save(new, old)
    # The teams need no check: see `crm.records.registry.SHARED_KINDS`.
    if new.assigned_to != caller.user_id:
        members.require_active(transaction, new.organization_id, new.assigned_to, "assigned_to")
    _tell(transaction, caller, new)
    transaction.put(_moving(new), {})
    transaction.afterwards(partial(_move_now, caller, new))
    return Conversion(
        lead=new, contact_id=contact.id, account_id=new.account_id, deal_id=new.deal_id
    )


def move(caller: Caller, lead: Lead) -> None:
    """Move the dependents of a converted lead to the record it became; safe to repeat.

    Dependents added after the completed move stay with the lead.

    Args:
        caller: the caller who converted the lead, or tried to.
        lead: the lead as it was read.

    Raises:
        UnavailableError: Optimistic-lock retries are exhausted.
    """
    if RECORDS.get(_moving(lead)) is not None:
        _move(caller, lead)


def _move(caller: Caller, lead: Lead) -> None:
    # If that record is deleted or being merged, the dependents stay with the lead.
    with suppress(NotFoundError, ConflictError):
        cascade.transfer(caller, RecordRef(Lead.KIND, lead.id), _became(lead))
    RECORDS.delete(_moving(lead))


def _move_now(caller: Caller, lead: Lead) -> None:
    """Move what can be moved now. A concurrent request or the stream completes the rest."""
    with suppress(UnavailableError):
        _move(caller, lead)


def follow(old: Lead | None, new: Lead) -> None:
    """Complete the move of dependents, when the stream delivers a conversion.

    Raises:
        UnavailableError: The move cannot be completed now.
    """
    if new.converted_on is not None and (old is None or old.converted_on is None):
        move(Caller(new.updated_by, new.organization_id, "admin"), new)


def _people(
    transaction: Transaction, caller: Caller, lead: Lead, known: Definitions
) -> tuple[Entity, Entity | None]:
    """Return the contact, and the employer's account if the lead names one."""
    reached_by: dict[Channel, str | None] = {"email": lead.email, "phone": lead.phone}
    contact = create_inline(
        transaction,
        caller,
        "contact",
        lead.full_name[:MAX_NAME],
        lead,
        known,
        {channel: value for channel, value in reached_by.items() if value},
    )
    if lead.organization_name is None:
        return contact, None
    of_relationships = entities.relationship_definitions(caller)
    account = account_named(caller, lead.organization_name)
    if account is None:
        name = lead.organization_name
        account = create_inline(transaction, caller, "account", name, lead, known)
    else:
        require_entity(transaction, account.key)
    employ(transaction, caller, account, contact, of_relationships)
    return contact, account


def _deal(
    transaction: Transaction,
    caller: Caller,
    lead: Lead,
    body: LeadConvert,
    entity: Entity,
    beginning: Beginning,
) -> Deal:
    fields: NewDeal = {
        "name": body.deal_name or entity.name,
        "amount": lead.amount,
        "entity_id": entity.id,
        "assigned_to": lead.assigned_to,
        "shared_with": lead.shared_with,
    }
    return deals.create_with_entity(transaction, caller, beginning, fields)


def _tell(transaction: Transaction, caller: Caller, lead: Lead) -> None:
    """Add the conversion to the timelines of the lead and of the record it became."""
    data = {
        "lead_id": lead.id,
        "contact_id": lead.contact_id,
        "account_id": lead.account_id,
        "deal_id": lead.deal_id,
    }
    for record in (RecordRef(Lead.KIND, lead.id), _became(lead)):
        title = f"Converted: {lead.full_name}"
        timeline_events.add(
            transaction, caller.organization_id, record, _EVENT, caller.user_id, title, data
        )


def _became(lead: Lead) -> RecordRef:
    """Return the record that the dependents move to, by kind and id."""
    if lead.deal_id is not None:
        return RecordRef(Deal.KIND, lead.deal_id)
    return RecordRef(Entity.KIND, lead.contact_id or "")


def _moving(lead: Lead) -> Key:
    """Return the key of the item that marks a pending move of dependents."""
    return keys.child_item(lead.key, "moving", _EVENT)
