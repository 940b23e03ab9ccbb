"""What becomes of a lead: a contact, the account where they work, and maybe a deal, all at once.

What is attached to the lead moves after that, in transactions of its own. A note beside the lead,
written in the conversion, says where to; it goes when all has moved. Cut off in between, the
moving is completed by the stream, or by whoever tries to convert the lead again.
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
from crm.records.custom_fields.service import Definitions
from crm.related import cascade
from crm.sales.deals import service as deals
from crm.sales.deals.service import Beginning, Deal
from crm.sales.entities import service as entities
from crm.sales.entities.service import Channel, Entity
from crm.sales.leads.schemas import Conversion, Lead, LeadConvert
from crm.tenancy.members import service as members
from crm.tenancy.permissions import Caller

MAX_NAME = 255

_EVENT = "conversion"


class ConversionContext:
    """What a lead is converted with, read while the lead is.

    Args:
        caller: who converts it.
        body: whether there shall be a deal, and which.
    """

    def __init__(self, caller: Caller, body: LeadConvert) -> None:
        self.entities = entities.definitions(caller)
        self.deal = deals.Beginning(caller, body.pipeline_id) if body.create_deal else None


def convert(
    transaction: Transaction,
    caller: Caller,
    old: Lead,
    body: LeadConvert,
    around: ConversionContext,
) -> Conversion:
    """Make of a lead what it has become.

    Owner and teams of all that is made are the lead's. Its custom fields stay with it.

    Args:
        transaction: the request's.
        caller: may change the lead.
        old: the lead as it was read.
        body: whether there shall be a deal, and which.
        around: what may have been read beside the lead.

    Raises:
        AlreadyConvertedError: it has been converted.
        ValidationFailedError: the pipeline, or an amount that is none in today's currency.
    The commit raises:
        ValidationFailedError: the owner is no active member any more.
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
    """Hang what was attached to a converted lead on what it became; safe to repeat.

    What has been attached to it since then stays.

    Args:
        caller: who converted it, or tried to.
        lead: as it was read.

    Raises:
        UnavailableError: others were quicker each time.
    """
    if RECORDS.get(_moving(lead)) is not None:
        _move(caller, lead)


def _move(caller: Caller, lead: Lead) -> None:
    # What it became may have gone, or be going: then its belongings stay with the lead.
    with suppress(NotFoundError, ConflictError):
        cascade.transfer(caller, RecordRef(Lead.KIND, lead.id), _became(lead))
    RECORDS.delete(_moving(lead))


def _move_now(caller: Caller, lead: Lead) -> None:
    """Move what can be moved now. The rest moves with whoever is at it too, or with the stream."""
    with suppress(UnavailableError):
        _move(caller, lead)


def follow(old: Lead | None, new: Lead) -> None:
    """Complete the moving, when the stream tells of a conversion.

    Raises:
        UnavailableError: it cannot be completed now.
    """
    if new.converted_on is not None and (old is None or old.converted_on is None):
        move(Caller(new.updated_by, new.organization_id, "admin"), new)


def _people(
    transaction: Transaction, caller: Caller, lead: Lead, known: Definitions
) -> tuple[Entity, Entity | None]:
    """The contact, and the account where they work if the lead names one."""
    reached_by: dict[Channel, str | None] = {"email": lead.email, "phone": lead.phone}
    contact = entities.arrive(
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
    account = entities.account_named(caller, lead.organization_name)
    if account is None:
        name = lead.organization_name
        account = entities.arrive(transaction, caller, "account", name, lead, known)
    else:
        entities.require_entity(transaction, account.key)
    entities.employ(transaction, caller, account, contact, of_relationships)
    return contact, account


def _deal(
    transaction: Transaction,
    caller: Caller,
    lead: Lead,
    body: LeadConvert,
    entity: Entity,
    beginning: Beginning,
) -> Deal:
    fields = {
        "name": body.deal_name or entity.name,
        "amount": lead.amount,
        "entity_id": entity.id,
        "assigned_to": lead.assigned_to,
        "shared_with": lead.shared_with,
    }
    return deals.create_with_entity(transaction, caller, beginning, fields)


def _tell(transaction: Transaction, caller: Caller, lead: Lead) -> None:
    """Let the timelines say it: that of the lead, and that of what it became."""
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
    """The record that belongings go to."""
    if lead.deal_id is not None:
        return RecordRef(Deal.KIND, lead.deal_id)
    return RecordRef(Entity.KIND, lead.contact_id or "")


def _moving(lead: Lead) -> Key:
    """Where it is noted that belongings still have to move."""
    return keys.child_item(lead.key, "moving", _EVENT)
