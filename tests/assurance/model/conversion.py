"""Conversion of leads."""

from tests.assurance.model import activities, deals, documents
from tests.assurance.model.acts import Act, Json
from tests.assurance.model.owned import CONVERTED, access, add, defaults_of
from tests.assurance.model.state import INVALID, Fields, Part, Record, Refusals, State
from tests.assurance.model.witness import Witness


def convert(state: State, witness: Witness, who: str, lead: Record, *, with_deal: bool) -> Act:
    """Make a contact of a lead, an account if it names one, a deal if one is asked for."""
    version = lead.version

    def effect(answer: Json) -> None:
        _convert(state, witness, who, lead, answer, with_deal=with_deal)

    def look() -> Json | None:
        found = witness.changed(lead.path, version)
        ids = ("contact_id", "account_id", "deal_id")
        return {"lead": found, **{name: found[name] for name in ids}} if found else None

    return Act(
        who,
        "POST",
        f"{lead.path}/convert",
        {"create_deal": with_deal},
        200,
        _refusals(state, who, lead),
        effect,
        look,
        is_keyed=True,
        follows=True,
    )


def _refusals(state: State, who: str, lead: Record) -> Refusals:
    if not state.changes(who, lead):
        return access(state, who, lead, None)
    if "converted_on" in lead.standing:
        return {CONVERTED}
    owner = lead.fields["assigned_to"]
    return set() if owner == who or state.may_enter(owner) else {INVALID}


def _convert(
    state: State, witness: Witness, who: str, lead: Record, answer: Json, *, with_deal: bool
) -> None:
    account = _account(state, who, lead)
    first, last = lead.fields["first_name"], lead.fields["last_name"]
    full_name = f"{first or ''} {last}".strip()
    contact = _arrive(state, witness, who, lead, "contact", full_name, answer["contact_id"])
    named = lead.fields["organization_name"]
    if named is not None and account is None:
        account = _arrive(state, witness, who, lead, "account", named, answer["account_id"])
    assert answer["account_id"] == (account.id if account else None)
    _relate(state, witness, who, lead, contact, account)
    deal = (
        _deal(state, witness, who, lead, account or contact, answer["deal_id"])
        if with_deal
        else None
    )
    assert answer["deal_id"] == (deal.id if deal else None)
    became = {name: answer[name] for name in ("contact_id", "account_id", "deal_id")}
    lead.write(who, status="converted", **became)
    lead.stand("converted_on", there=True)
    state.check(lead, answer["lead"])
    target = ("deal", deal.id) if deal else ("entity", contact.id)
    activities.retarget(state, who, ("lead", lead.id), target)
    documents.retarget(state, who, ("lead", lead.id), target)


def _account(state: State, who: str, lead: Record) -> Record | None:
    """The oldest account of that name that is the caller's to change, by name."""
    name = lead.fields["organization_name"]
    same = [
        one
        for one in state.listed(who, "entity")
        if name is not None
        and one.fields["type"] == "account"
        and one.fields["name"].casefold() == name.casefold()
    ]
    return same[-1] if same else None


def _arrive(
    state: State, witness: Witness, who: str, lead: Record, kind: str, name: str, new_id: str
) -> Record:
    fields: Fields = {
        "type": kind,
        "name": name,
        "legal_name": None,
        "status": "active",
        "note": None,
        "assigned_to": lead.fields["assigned_to"],
        "shared_with": lead.teams,
    }
    custom = defaults_of(state, "entity")
    entity = Record(new_id, fields, [who], kind="entity", custom=custom)
    found = witness.one(entity.path)
    assert found is not None, f"there is no {kind} of a conversion"
    # What hangs on it is compared when the model has it too.
    add(state, entity, {name: one for name, one in found.items() if name != "identifiers"})
    return entity


def _relate(
    state: State, witness: Witness, who: str, lead: Record, contact: Record, account: Record | None
) -> None:
    """Find what must have come along: the contact's address, and where they work."""
    found = witness.one(contact.path)
    email = lead.fields["email"]
    for one in found["contact_points"]:
        fields = {**_EMAIL, "value": email, "entity_id": contact.id}
        part = Part(one["id"], fields, [who], kind="contact_point")
        state.parts.setdefault(contact.id, {})[part.id] = part
    assert len(found["contact_points"]) == (1 if email else 0)
    for one in found["relationships"]:
        ends = {"from": account.id if account else None, "to": contact.id}
        state.relationships[one["id"]] = Part(one["id"], ends, [who], kind="relationship")
    assert len(found["relationships"]) == (1 if account else 0)
    state.check(contact, found)


_EMAIL: Fields = {"channel": "email", "label": None, "is_primary": True, "can_contact": True}


def _deal(
    state: State, witness: Witness, who: str, lead: Record, entity: Record, new_id: str
) -> Record:
    fields: Fields = {
        "name": entity.fields["name"],
        "amount": lead.fields["amount"],
        "currency": "USD",
        "entity_id": entity.id,
        "stage_id": None,
        "expected_close_date": None,
        "assigned_to": lead.fields["assigned_to"],
        "shared_with": lead.teams,
    }
    deals.placed(state, fields, None)
    deal = Record(new_id, fields, [who], kind="deal", custom=defaults_of(state, "deal"))
    add(state, deal, witness.one(deal.path))
    return deal
