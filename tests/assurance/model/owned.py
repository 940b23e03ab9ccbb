"""Records with an owner: making, changing and deleting them."""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from tests.assurance.model import activities, deals
from tests.assurance.model.acts import Act, Json
from tests.assurance.model.state import (
    FORBIDDEN,
    INVALID,
    MISSING,
    PATHS,
    Fields,
    Record,
    Refusals,
    State,
)
from tests.assurance.model.witness import Witness

STALE = (412, "version_conflict")
CUSTOM = (422, "custom_field_invalid")
CONVERTED = (409, "already_converted")
IN_USE = (409, "in_use")

_SHARED: Fields = {"assigned_to": None, "shared_with": []}

_DEFAULTS: Mapping[str, Fields] = {
    "entity": {"legal_name": None, "status": "active", "note": None, **_SHARED},
    "lead": {
        "first_name": None,
        "organization_name": None,
        "email": None,
        "phone": None,
        "source": None,
        "status": "assigned",
        "amount": None,
        **_SHARED,
    },
    "deal": {
        "amount": None,
        "currency": "USD",
        "stage_id": None,
        "expected_close_date": None,
        **_SHARED,
    },
    "case": {
        "status": "new",
        "priority": "normal",
        "case_type": "question",
        "entity_id": None,
        "description": None,
        **_SHARED,
    },
    "task": {**activities.DEFAULTS, "priority": "medium", "status": "not_started"},
    "note": activities.DEFAULTS,
}
"""Optional fields with their defaults."""

_NEEDED: Mapping[str, Sequence[str]] = {
    "entity": ("type", "name"),
    "lead": ("last_name",),
    "deal": ("name", "entity_id"),
    "case": ("name",),
    "activity": ("type", "subject"),
}
"""Fields that a PUT requires."""

_ENDS = {"closed", "rejected", "duplicate"}
"""The statuses of a case that is closed."""

_DERIVED: Mapping[str, Fields] = {
    "entity": {},
    "lead": {"contact_id": None, "account_id": None, "deal_id": None},
    "deal": {},
    "case": {},
    "activity": {},
}
"""Initial values of fields that no request writes."""


def create(state: State, witness: Witness, who: str, kind: str, body: Fields) -> Act:
    """Make a record."""
    fields, refusals, custom = _written(state, who, kind, None, body, whole=True)

    def effect(answer: Json) -> None:
        record = Record(answer["id"], fields, [who], kind=kind, custom=custom)
        add(state, record, answer)

    return Act(
        who,
        "POST",
        PATHS[kind],
        body,
        201,
        refusals,
        effect,
        lambda: witness.newest(PATHS[kind], known(state, kind)),
        is_keyed=True,
    )


def add(state: State, record: Record, answer: Json) -> None:
    """Let a record be there that was made as the model says."""
    state.records[record.kind][record.id] = record
    if record.kind == "deal":
        deals.begin(state, record)
    _stamp(record)
    state.check(record, answer)


def change(
    state: State,
    witness: Witness,
    who: str,
    record: Record,
    body: Fields,
    *,
    whole: bool,
    if_match: int | None,
) -> Act:
    """Change a record in part, or as a whole."""
    old_stage = record.fields.get("stage_id")
    fields, refusals, custom = _written(state, who, record.kind, record, body, whole=whole)

    def effect(answer: Json) -> None:
        record.custom = custom
        record.write(who, **fields)
        if record.kind == "deal" and fields["stage_id"] != old_stage:
            deals.moved(state, witness, record, who, old_stage, None)
        _stamp(record)
        state.check(record, answer)

    version = record.version
    return Act(
        who,
        "PUT" if whole else "PATCH",
        record.path,
        body,
        200,
        access(state, who, record, if_match) or refusals,
        effect,
        lambda: witness.changed(record.path, version),
        if_match=if_match,
    )


def delete(state: State, witness: Witness, who: str, record: Record, if_match: int | None) -> Act:
    """Delete a record with all that hangs on it."""
    refusals = access(state, who, record, if_match)
    return Act(
        who,
        "DELETE",
        record.path,
        None,
        204,
        refusals or ({IN_USE} if state.pointing(record) else set()),
        lambda _: state.remove(record),
        lambda: witness.gone(record.path),
        if_match=if_match,
        follows=True,
    )


def access(state: State, who: str, record: Record | None, if_match: int | None) -> Refusals:
    """Why somebody may not change a record; one reason, which outranks all others."""
    if record is None:
        return {MISSING}
    if not state.changes(who, record):
        return {FORBIDDEN}
    return {STALE} if if_match not in {None, record.version} else set()


def known(state: State, kind: str) -> set[str]:
    """The ids of a kind that the model has heard of."""
    return {*state.records[kind], *state.gone}


def body_of(record: Record) -> Fields:
    """A record as a PUT would write it."""
    return {name: record.fields[name] for name in _NEEDED[record.kind]}


def _stamp(record: Record) -> None:
    """Let the moments of an end be there as long as it is one."""
    if record.kind == "activity":
        activities.stamp(record)
    if record.kind == "case":
        record.stand("closed_on", there=record.fields["status"] in _ENDS)


def _written(
    state: State, who: str, kind: str, old: Record | None, body: Fields, *, whole: bool
) -> tuple[Fields, Refusals, dict[str, tuple[str, Any]]]:
    """The result of a body: the record's fields, the refusal, its custom fields."""
    named = {name: value for name, value in body.items() if name != "custom_fields"}
    before = old.fields if old else _DERIVED[kind]
    type_of = str(body.get("type") or before.get("type")) if kind == "activity" else kind
    defaults = _DEFAULTS[type_of]
    new = {**before, **(defaults if whole else {}), **named}
    if kind == "activity":
        new.update(activities.implied(old, named, whole=whole))
    new = {name: defaults.get(name) if value is None else value for name, value in new.items()}
    new["assigned_to"] = new["assigned_to"] or (old.creator if old else who)
    refusals = _of_owner(state, who, new, old)
    refusals |= _OWN[kind](state, who, new, old, named)
    custom, is_bad = _custom(state, kind, old, body.get("custom_fields") or {}, whole=whole)
    if is_bad:
        refusals.add(CUSTOM)
    if kind == "lead" and old and "converted_on" in old.standing:
        refusals = {CONVERTED} if whole or "status" in named else refusals
    return new, refusals, custom


def _of_owner(state: State, who: str, new: Fields, old: Record | None) -> Refusals:
    before = old.fields if old else {}
    owner = new["assigned_to"]
    is_owner_fine = owner in {who, before.get("assigned_to")} or state.may_enter(owner)
    had = before.get("shared_with", [])
    are_known = all(one in had or one in state.teams for one in new.get("shared_with", []))
    return set() if is_owner_fine and are_known else {INVALID}


def _of_entity(state: State, who: str, new: Fields, old: Record | None, named: Fields) -> Refusals:
    return set()


def _of_lead(state: State, who: str, new: Fields, old: Record | None, named: Fields) -> Refusals:
    return amount(new)


def _of_deal(state: State, who: str, new: Fields, old: Record | None, named: Fields) -> Refusals:
    return amount(new) | _of_whom(state, who, new, old) | deals.placed(state, new, old)


def _of_case(state: State, who: str, new: Fields, old: Record | None, named: Fields) -> Refusals:
    return _of_whom(state, who, new, old) if new["entity_id"] else set()


def _of_whom(state: State, who: str, new: Fields, old: Record | None) -> Refusals:
    """The entity must be there and visible, unless it is the same as before."""
    if old is not None and old.fields["entity_id"] == new["entity_id"]:
        return set()
    entity = state.find("entity", new["entity_id"])
    return set() if entity is not None and state.sees(who, entity) else {INVALID}


def _of_activity(
    state: State, who: str, new: Fields, old: Record | None, named: Fields
) -> Refusals:
    about = (new["related_to_type"], new["related_to_id"])
    if about == (None, None) or (old is not None and old.about == about):
        return set()
    target = state.find(*about)
    return set() if target is not None and state.sees(who, target) else {INVALID}


_OWN: Mapping[str, Callable[[State, str, Fields, Record | None, Fields], Refusals]] = {
    "entity": _of_entity,
    "lead": _of_lead,
    "deal": _of_deal,
    "case": _of_case,
    "activity": _of_activity,
}
"""Why the fields of a kind are refused; it also brings them into their normal form."""


def amount(new: Fields) -> Refusals:
    """An amount of dollars, with each of its cents."""
    if new["amount"] is None:
        return set()
    exact = Decimal(str(new["amount"]))
    cents = exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    new["amount"] = str(cents)
    return set() if cents == exact else {INVALID}


def _custom(
    state: State, kind: str, old: Record | None, named: Fields, *, whole: bool
) -> tuple[dict[str, tuple[str, Any]], bool]:
    """The custom fields after a write, and whether they are refused."""
    defined = state.defined(kind)
    custom = dict(old.custom) if old else {}
    shown = state.shown(old) if old else {}
    defaults = {name: one["default_value"] for name, one in defined.items()} if whole else {}
    is_bad = False
    for name, value in {**defaults, **named}.items():
        if name not in defined or (value is None and defined[name]["is_required"]):
            is_bad = True
        elif value is None:
            if name in shown:
                del custom[name]
        elif _fits(defined[name]["field_type"], value):
            custom[name] = (defined[name]["field_type"], str(value))
        else:
            is_bad = True
    return custom, is_bad


def _fits(field_type: str, value: Any) -> bool:
    if field_type == "text":
        return isinstance(value, str)
    return not isinstance(value, str) or value.isdigit()


def defaults_of(state: State, kind: str) -> dict[str, tuple[str, Any]]:
    """The custom fields of what nobody was asked for."""
    return {
        name: (one["field_type"], one["default_value"])
        for name, one in state.defined(kind).items()
        if one["default_value"] is not None
    }
