"""Settings by admins: teams, members, custom fields."""

from collections.abc import Callable
from typing import Any

from tests.assurance.model.acts import Act, Json
from tests.assurance.model.owned import STALE
from tests.assurance.model.parts import TAKEN
from tests.assurance.model.state import (
    FORBIDDEN,
    INVALID,
    MISSING,
    Fields,
    Refusals,
    State,
    Written,
)
from tests.assurance.model.witness import Witness

LAST_ADMIN = (409, "last_admin")

_TEAMS, _MEMBERS, _FIELDS = "/api/teams", "/api/members", "/api/custom-fields"


def make_team(state: State, witness: Witness, who: str, name: str, users: list[str]) -> Act:
    """Make a team."""

    def effect(answer: Json) -> None:
        team = Written(answer["id"], {"name": name, "description": None}, [who])
        state.teams[team.id] = team
        _join(state, who, team.id, users)
        check_team(state, team, answer)

    return Act(
        who,
        "POST",
        _TEAMS,
        {"name": name, "users": users},
        201,
        _only_admins(state, who) or _of_team(state, None, {"name": name, "users": users}),
        effect,
        lambda: witness.newest(_TEAMS, {*state.teams, *state.gone}),
        is_keyed=True,
    )


def change_team(
    state: State, witness: Witness, who: str, team: Written, body: Fields, if_match: int | None
) -> Act:
    """Change a team in part."""
    path, version = f"{_TEAMS}/{team.id}", team.version

    def effect(answer: Json) -> None:
        own = {name: value for name, value in body.items() if name != "users"}
        team.write(who, **own)
        if "users" in body:
            _join(state, who, team.id, body["users"])
        check_team(state, team, answer)

    return Act(
        who,
        "PATCH",
        path,
        body,
        200,
        _settled(state, who, team, if_match) or _of_team(state, team, body),
        effect,
        lambda: witness.changed(path, version),
        if_match=if_match,
    )


def dissolve(state: State, witness: Witness, who: str, team: Written, if_match: int | None) -> Act:
    """Delete a team: nothing is shared with it any more."""
    path = f"{_TEAMS}/{team.id}"

    def effect(_: Json) -> None:
        del state.teams[team.id]
        state.gone.add(team.id)
        _join(state, who, team.id, [])
        # If the request is cut off, the stream goes on in the name of whoever wrote the team.
        by = frozenset({who, str(team.writers[-1])})
        owned = [one for records in state.records.values() for one in records.values()]
        for record in (*owned, *state.documents.values()):
            if team.id in record.teams:
                record.write(by, shared_with=[one for one in record.teams if one != team.id])

    return Act(
        who,
        "DELETE",
        path,
        None,
        204,
        _settled(state, who, team, if_match),
        effect,
        lambda: witness.gone(path),
        if_match=if_match,
        follows=True,
    )


def change_member(
    state: State, witness: Witness, who: str, user: str, body: Fields, if_match: int | None
) -> Act:
    """Change somebody's role, or whether they are active."""
    member, path = state.members[user], f"{_MEMBERS}/{user}"
    version = member.version
    removed = member.fields["is_removed"]

    def effect(answer: Json) -> None:
        member.write(who, **body)
        check_member(member, answer)

    refusals = _of_member(state, who, member, if_match)
    if not refusals and _leaves_no_admin(state, user, body):
        refusals = {LAST_ADMIN}
    return Act(
        who,
        "PATCH",
        path,
        body,
        200,
        refusals,
        effect,
        # Whoever was removed cannot be looked at, and is as they were.
        lambda: None if removed else witness.without(user).changed(path, version),
        if_match=if_match,
    )


def remove_member(state: State, witness: Witness, who: str, user: str) -> Act:
    """End a membership."""
    member, path = state.members[user], f"{_MEMBERS}/{user}"
    refusals = _of_member(state, who, member, None)
    if not refusals and _leaves_no_admin(state, user, {"is_active": False}):
        refusals = {LAST_ADMIN}
    return Act(
        who,
        "DELETE",
        path,
        None,
        204,
        refusals,
        lambda _: member.write(who, teams=[], is_removed=True),
        lambda: witness.without(user).gone(path),
    )


def invite(state: State, witness: Witness, who: str, user: str) -> Act:
    """Make somebody a member, maybe again."""
    former, path = state.members.get(user), f"{_MEMBERS}/{user}"
    body = member_body(user)
    is_member = former is not None and not former.fields["is_removed"]

    def effect(answer: Json) -> None:
        versions = [who] * (former.version + 1 if former else 1)
        fields = {**body, "is_active": True, "is_removed": False, "teams": []}
        del fields["id"]
        state.members[user] = Written(user, fields, list(versions))
        check_member(state.members[user], answer)

    return Act(
        who,
        "POST",
        _MEMBERS,
        body,
        201,
        _only_admins(state, who) or ({TAKEN} if is_member else set()),
        effect,
        lambda: None if is_member else witness.one(path),
        is_keyed=True,
    )


def member_body(user: str) -> Fields:
    """The body of an invitation."""
    names = {"first_name": user.capitalize(), "last_name": "Member"}
    return {"id": user, "email": f"{user}@example.com", **names, "role": "member"}


def define(state: State, witness: Witness, who: str, body: Fields) -> Act:
    """Define a custom field."""
    taken = body["field_name"] in state.defined(body["record_type"])

    def effect(answer: Json) -> None:
        made = Written(answer["id"], {"is_required": False, "default_value": None, **body}, [who])
        state.definitions[made.id] = made
        check_definition(made, answer)

    return Act(
        who,
        "POST",
        _FIELDS,
        body,
        201,
        _only_admins(state, who) or ({TAKEN} if taken else set()),
        effect,
        lambda: witness.newest(_FIELDS, {*state.definitions, *state.gone}),
        is_keyed=True,
    )


def redefine(state: State, witness: Witness, who: str, one: Written, *, is_required: bool) -> Act:
    """Let a custom field be required, or not."""
    path, version, body = f"{_FIELDS}/{one.id}", one.version, {"is_required": is_required}

    def effect(answer: Json) -> None:
        one.write(who, **body)
        check_definition(one, answer)

    return Act(
        who,
        "PATCH",
        path,
        body,
        200,
        _only_admins(state, who),
        effect,
        lambda: witness.changed(path, version),
    )


def undefine(state: State, witness: Witness, who: str, one: Written) -> Act:
    """Delete the definition of a custom field; what records hold of it is hidden."""
    path = f"{_FIELDS}/{one.id}"

    def effect(_: Json) -> None:
        del state.definitions[one.id]
        state.gone.add(one.id)

    return Act(
        who, "DELETE", path, None, 204, _only_admins(state, who), effect, lambda: witness.gone(path)
    )


def check_team(state: State, team: Written, answer: Json) -> None:
    """Compare a team with an answer."""
    team.check(answer, users=state.users_of(team.id))


def check_member(member: Written, answer: Json) -> None:
    """Compare a member with an answer."""
    wanted = {name: one for name, one in member.fields.items() if name != "is_removed"}
    shown = Written(member.id, wanted, member.writers, member.standing, member.seen)
    shown.check(answer)


def check_definition(one: Written, answer: Json) -> None:
    """Compare a definition with an answer, as far as the model knows it."""
    told = {name: answer[name] for name in one.fields}
    assert (told, answer["version"]) == (one.fields, one.version)


def _join(state: State, who: str, team_id: str, users: list[str]) -> None:
    """Let these be the users of a team, and no others."""
    for user, member in state.members.items():
        teams: list[Any] = member.fields["teams"]
        rest = [one for one in teams if one != team_id]
        if (team_id in teams) != (user in users):
            member.write(who, teams=[*rest, team_id] if user in users else rest)


def _of_team(state: State, old: Written | None, body: Fields) -> Refusals:
    found: Refusals = set()
    names = {one.fields["name"].casefold() for one in state.teams.values() if one is not old}
    if body.get("name", "").casefold() in names:
        found.add(TAKEN)
    before = state.users_of(old.id) if old else []
    if any(not state.may_enter(one) for one in body.get("users", []) if one not in before):
        found.add(INVALID)
    return found


def _settled(state: State, who: str, one: Written, if_match: int | None) -> Refusals:
    """Why somebody may not change what every member may read."""
    refusals = _only_admins(state, who)
    return refusals | ({STALE} if if_match not in {None, one.version} else set())


def _of_member(state: State, who: str, member: Written, if_match: int | None) -> Refusals:
    if member.fields["is_removed"]:
        return {MISSING}
    return _settled(state, who, member, if_match)


def _only_admins(state: State, who: str) -> Refusals:
    return set() if state.is_admin(who) else {FORBIDDEN}


def _leaves_no_admin(state: State, user: str, body: Fields) -> bool:
    admins: Callable[[str], bool] = state.is_admin
    others = [one for one in state.members if one != user and admins(one)]
    goes = body.get("is_active") is False or body.get("role") == "member"
    return admins(user) and goes and not others
