"""Identifiers of entities, one primary of each type; and one entity made of two."""

from tests.assurance.model import activities, documents
from tests.assurance.model.acts import Act, Json
from tests.assurance.model.owned import STALE, access
from tests.assurance.model.state import (
    FORBIDDEN,
    INVALID,
    MISSING,
    Fields,
    Part,
    Record,
    Refusals,
    State,
)
from tests.assurance.model.witness import Witness

TAKEN = (409, "duplicate")

_IDENTIFIER: Fields = {"country": None, "is_primary": False}


def add(state: State, witness: Witness, who: str, entity: Record, body: Fields) -> Act:
    """Add an identifier."""
    fields = {**_IDENTIFIER, **body, "entity_id": entity.id}
    refusals = access(state, who, entity, None)
    if not refusals and _is_taken(state, fields, None):
        refusals = {TAKEN}
    path = f"{entity.path}/identifiers"

    def effect(answer: Json) -> None:
        part = Part(answer["id"], fields, [who], kind="identifier")
        _unmake(state, who, part)
        state.parts.setdefault(entity.id, {})[part.id] = part
        part.check(answer)

    return Act(
        who,
        "POST",
        path,
        body,
        201,
        refusals,
        effect,
        lambda: witness.newest(path, {*state.parts.get(entity.id, {}), *state.gone}),
        is_keyed=True,
    )


def change(
    state: State,
    witness: Witness,
    who: str,
    entity: Record,
    part: Part,
    body: Fields,
    if_match: int | None,
) -> Act:
    """Change an identifier in part."""
    fields, version, path = {**part.fields, **body}, part.version, _path(entity, part)
    refusals = _access(state, who, entity, part, if_match)
    if not refusals and _is_taken(state, fields, part):
        refusals = {TAKEN}

    def effect(answer: Json) -> None:
        part.write(who, **fields)
        _unmake(state, who, part)
        part.check(answer)

    return Act(
        who,
        "PATCH",
        path,
        body,
        200,
        refusals,
        effect,
        lambda: witness.changed(path, version),
        if_match=if_match,
    )


def remove(
    state: State, witness: Witness, who: str, entity: Record, part: Part, if_match: int | None
) -> Act:
    """Take an identifier from its entity."""
    path = _path(entity, part)

    def effect(_: Json) -> None:
        del state.parts[entity.id][part.id]
        state.gone.add(part.id)

    return Act(
        who,
        "DELETE",
        path,
        None,
        204,
        _access(state, who, entity, part, if_match),
        effect,
        lambda: witness.gone(path),
        if_match=if_match,
    )


def merge(state: State, witness: Witness, who: str, into: Record, other_id: str) -> Act:
    """Move all that hangs on another entity to this one, and delete the other."""
    other = state.find("entity", other_id)
    is_done = other_id in into.merged

    def effect(answer: Json) -> None:
        if other is not None and not is_done:
            _merge(state, who, into, other)
        state.check(into, answer)

    return Act(
        who,
        "POST",
        f"{into.path}/merge",
        {"from": other_id},
        200,
        _refusals(state, who, into, other, is_done=is_done),
        effect,
        lambda: None,
        is_keyed=True,
        only_repeating=True,
    )


def _refusals(
    state: State, who: str, into: Record, other: Record | None, *, is_done: bool
) -> Refusals:
    if not state.changes(who, into):
        return {FORBIDDEN}
    if is_done:
        return set()
    if other is None or other is into:
        return {INVALID}
    return set() if state.changes(who, other) else {FORBIDDEN}


def _merge(state: State, who: str, into: Record, other: Record) -> None:
    _move_parts(state, who, into, other)
    _move_relationships(state, who, into, other)
    for one in state.pointing(other):
        one.write(who, entity_id=into.id)
    ends = ("entity", other.id), ("entity", into.id)
    activities.retarget(state, who, *ends)
    documents.retarget(state, who, *ends)
    seen_of_other, seen = state.shown(other), state.shown(into)
    for name, value in other.custom.items():
        if name not in into.custom or (name in seen_of_other and name not in seen):
            into.custom[name] = value
    gaps = {name: into.fields[name] or other.fields[name] for name in ("legal_name", "note")}
    into.write(who, **gaps)
    into.merged.append(other.id)
    state.remove(other)


def _move_parts(state: State, who: str, into: Record, other: Record) -> None:
    held = state.parts.setdefault(into.id, {})
    for part in list(state.parts.get(other.id, {}).values()):
        of_group = [one for one in held.values() if _group(one) == _group(part)]
        is_same = part.kind == "contact_point" and part.fields["value"] in {
            one.fields["value"] for one in of_group
        }
        if is_same:
            continue
        is_primary = part.fields["is_primary"] and not any(
            one.fields["is_primary"] for one in of_group
        )
        part.write(who, entity_id=into.id, is_primary=is_primary)
        held[part.id] = part
        del state.parts[other.id][part.id]


def _move_relationships(state: State, who: str, into: Record, other: Record) -> None:
    pairs = [
        (one.fields["from"], one.fields["to"])
        for one in state.relationships.values()
        if other.id not in one.fields.values()
    ]
    for one in list(state.relationships.values()):
        if other.id not in one.fields.values():
            continue
        ends = {end: into.id if place == other.id else place for end, place in one.fields.items()}
        if ends["from"] == ends["to"] or (ends["from"], ends["to"]) in pairs:
            del state.relationships[one.id]
        else:
            one.write(who, **ends)


def _unmake(state: State, who: str, part: Part) -> None:
    """Of a group, one is primary at most."""
    for one in state.parts.get(part.fields["entity_id"], {}).values():
        rivals = one is not part and _group(one) == _group(part) and one.fields["is_primary"]
        if part.fields["is_primary"] and rivals:
            one.write(who, is_primary=False)


def _is_taken(state: State, fields: Fields, own: Part | None) -> bool:
    return any(
        part is not own and part.kind == "identifier" and _value(part.fields) == _value(fields)
        for parts in state.parts.values()
        for part in parts.values()
    )


def _value(fields: Fields) -> tuple[str, str | None, str]:
    """The normal form of an identifier: signs and case do not count."""
    plain = "".join(letter for letter in fields["value"].upper() if letter.isalnum())
    return fields["type"], fields["country"], plain


def _group(part: Part) -> tuple[str, str]:
    return part.kind, part.fields.get("type") or part.fields["channel"]


def _access(state: State, who: str, entity: Record, part: Part, if_match: int | None) -> Refusals:
    if part.id not in state.parts.get(entity.id, {}):
        return {MISSING}
    refusals = access(state, who, entity, None)
    return refusals or ({STALE} if if_match not in {None, part.version} else set())


def _path(entity: Record, part: Part) -> str:
    return f"{entity.path}/identifiers/{part.id}"
