"""Members: entering an organization, joining, changing, leaving."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from pynamodb.expressions.condition import size
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from crm.platform import config
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, Allowance, EntryList, take
from crm.platform.dynamodb.parallel import in_parallel
from crm.platform.dynamodb.queries import read, read_many, record_ids_of, record_list
from crm.platform.dynamodb.retries import until_done
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import (
    DuplicateError,
    FieldError,
    LastAdminError,
    NotAMemberError,
    NotFoundError,
    ValidationFailedError,
)
from crm.tenancy import permissions, user_pool
from crm.tenancy.members.schemas import ALL_LIST, Member, MemberCreate, MemberReplace, team_list
from crm.tenancy.permissions import Caller, Role
from crm.tenancy.profiles import Profile

MAX_TEAM_SIZE = 1000
"""It bounds what one request writes."""

MEMBERS_PER_TRANSACTION = 40
"""Each takes two operations of the hundred that a transaction may have."""

ENDED_AT_ONCE = 100

Move = tuple[Member, Member]
"""A member as they are, and as they shall be."""


def caller(user_id: str, is_super_admin: bool, organization_id: str) -> Caller:
    """Who somebody is in an organization: one consistent read, on each request anew.

    Args:
        user_id: the token's `sub`.
        is_super_admin: admin of whichever organization they name.
        organization_id: the organization.

    Raises:
        NotAMemberError: unknown, or not theirs; the two look the same.
        NotFoundError: a super admin named an organization that does not exist.
    """
    member_key = keys.record(organization_id, Member.KIND, user_id)
    if is_super_admin:
        organization_key = keys.record(organization_id, "organization", organization_id)
        found = RECORDS.batch_get([member_key, organization_key])
        if organization_key not in found:
            raise NotFoundError("No such organization.")
        item = found.get(member_key)
    else:
        item = RECORDS.get(member_key)
    member = Member.from_item(item) if item else None
    if member is not None and member.may_enter:
        role: Role = "admin" if is_super_admin else member.role
        return Caller(user_id, organization_id, role, frozenset(member.teams), member)
    if is_super_admin:
        return Caller(user_id, organization_id, "admin")
    raise NotAMemberError


def add_founder(transaction: Transaction, organization_id: str, profile: Profile) -> None:
    """Make somebody the first member of a new organization, and its admin."""
    founder = Member.create(organization_id, profile.id, **profile.model_dump(), role="admin")
    _save(transaction, founder, None)


def invite(transaction: Transaction, caller: Caller, body: MemberCreate) -> Member:
    """Make somebody a member; the user pool makes and invites them if they are new.

    Raises:
        PermissionDeniedError: the caller is no admin.
        DuplicateError: they are a member already.
        ValidationFailedError: see `_user_id`.
    """
    permissions.require_admin(caller)
    user_id = _user_id(body)
    former = read(Member, caller.organization_id, user_id)
    if former is not None and not former.is_removed:
        raise _member_already()
    member = Member.create(
        caller.organization_id, caller.user_id, **{**body.model_dump(), "id": user_id}
    )
    if former is not None:
        member = member.model_copy(update={"version": former.version + 1})
    _require_organization(transaction, caller.organization_id)
    _save(transaction, member, former)
    return member


def end(transaction: Transaction, organization_id: str, user_id: str) -> None:
    """End a membership, in the transaction that deletes the organization; no trace is kept."""
    for key in [*_addresses(organization_id, [user_id]), *_keys(organization_id, user_id)]:
        transaction.delete(key)


def end_all(organization_id: str) -> None:
    """End all memberships of an organization that has been deleted; safe to repeat.

    None is made after the deletion (`invite`). The list of members stays: it says whom to look for
    what else there is of them.

    Raises:
        UnavailableError: DynamoDB is overloaded or out of reach.
    """
    pk, start, left = keys.entry(organization_id, Member.KIND, ALL_LIST, "").pk, None, True
    while left:
        entries = RECORDS.query(pk, (LOWEST, HIGHEST), ENDED_AT_ONCE, start=start)
        ended = [_keys(organization_id, user_id) for user_id in record_ids_of(entries)]
        # Only the record knows the address that it holds.
        RECORDS.batch_write([], _addresses(organization_id, record_ids_of(entries)))
        RECORDS.batch_write([], [key for pair in ended for key in pair])
        left = len(entries) == ENDED_AT_ONCE
        start = Key(pk, entries[-1]["sk"]) if left else None


def restore(transaction: Transaction, member: Member, old: Member | None) -> None:
    """Write a member who comes from an archive; whoever is an active admin here stays that."""
    if old is not None and old.is_active_admin:
        member = member.model_copy(update={"role": "admin", "is_active": True})
    _require_organization(transaction, member.organization_id)
    _save(transaction, member, old)


def restore_team(organization_id: str, team_id: str, users: Iterable[str]) -> None:
    """Put members into a team that comes from an archive, in steps; safe to repeat.

    What is written of them is as it was in the archive, their teams aside: it stays their version.

    Raises:
        ValidationFailedError: one of them is no member.
        UnavailableError: others were quicker each time.
    """
    waiting = sorted(set(users))

    def step() -> bool:
        some = waiting[:MEMBERS_PER_TRANSACTION]
        found = read_many(Member, organization_id, some)
        transaction = Transaction()
        for user_id in some:
            member = found.get(user_id)
            if member is None or member.is_removed:
                raise ValidationFailedError.of("users", f"{user_id} is no member")
            if team_id not in member.teams:
                joined = [*member.teams, team_id]
                transaction.save(member.model_copy(update={"teams": joined}), member)
        transaction.commit()
        del waiting[:MEMBERS_PER_TRANSACTION]
        return bool(waiting)

    until_done(step)


def restored_user_id(archived_id: str, email: str, first_name: str, last_name: str) -> str:
    """Who a person of an archive is here: as for an invitation, by their email address.

    Where no user pool of the deployment's own says it, users keep their ids; those without an
    address too.
    """
    if config.user_pool_id() is None or not email:
        return archived_id
    return user_pool.find_or_create(email, first_name, last_name).id


def find(caller: Caller, user_id: str) -> Member:
    """A member of the caller's organization.

    Raises:
        NotFoundError: there is no such member.
    """
    member = read(Member, caller.organization_id, user_id)
    if member is None or member.is_removed:
        raise NotFoundError
    return member


def find_any(caller: Caller, user_id: str) -> Member | None:
    """A member of the caller's organization, or somebody who was; None for anybody else."""
    return read(Member, caller.organization_id, user_id)


def list_all(caller: Caller) -> EntryList:
    """All members, the newest first."""
    return record_list(Member, caller.organization_id, ALL_LIST, Allowance())


def rows(caller: Caller, entries: Sequence[Item]) -> list[dict[str, Any]]:
    """The rows of a page of `list_all`."""
    found = read_many(Member, caller.organization_id, record_ids_of(entries))
    return [member.answer() for member in found.values()]


def update(transaction: Transaction, caller: Caller, old: Member, body: MemberReplace) -> Member:
    """Change a member's name, role or activity.

    Raises:
        PermissionDeniedError: the caller is no admin.
        LastAdminError: it would leave the organization without an active admin.
    """
    permissions.require_admin(caller)
    new = old.changed(caller.user_id, **body.model_dump())
    _save(transaction, new, old)
    return new


def remove(transaction: Transaction, caller: Caller, old: Member) -> None:
    """End a membership. The name stays with what they made.

    Raises:
        PermissionDeniedError: the caller is no admin.
        LastAdminError: it would leave the organization without an active admin.
    """
    permissions.require_admin(caller)
    _save(transaction, old.changed(caller.user_id, teams=[], is_removed=True), old)


def erase(transaction: Transaction, caller: Caller, old: Member) -> None:
    """End a membership, and forget who it was: what they made keeps their bare id.

    Raises:
        PermissionDeniedError: the caller is no admin.
        LastAdminError: it would leave the organization without an active admin.
    """
    permissions.require_admin(caller)
    nobody = {"email": "", "first_name": "", "last_name": ""}
    _save(transaction, old.changed(caller.user_id, teams=[], is_removed=True, **nobody), old)


def profiles(organization_id: str, user_ids: Iterable[str]) -> dict[str, Profile]:
    """The names that people go by in an organization, former members included."""
    wanted = set(user_ids)
    members = read_many(Member, organization_id, wanted)
    known = {user_id: Profile.of(member) for user_id, member in members.items()}
    strangers = RECORDS.batch_get(keys.user(user_id) for user_id in wanted - known.keys())
    for key, item in strangers.items():
        user_id = key.pk.partition("#")[2]
        known[user_id] = Profile.model_validate({**item, "id": user_id})
    return {user_id: known.get(user_id, Profile(id=user_id)) for user_id in wanted}


def profiles_for(caller: Caller, user_ids: Iterable[str]) -> dict[str, Profile]:
    """The names that people go by in the caller's organization; the caller's own is not read."""
    wanted = set(user_ids)
    if caller.membership is None or caller.user_id not in wanted:
        return profiles(caller.organization_id, wanted)
    others = profiles(caller.organization_id, wanted - {caller.user_id})
    return {caller.user_id: Profile.of(caller.membership), **others}


def own_profile(user_id: str) -> Profile | None:
    """What Brook knows of a person, in whichever organization they first became a member."""
    item = RECORDS.get(keys.user(user_id))
    return Profile.model_validate({**item, "id": user_id}) if item else None


def roles(user_id: str, organization_ids: Sequence[str]) -> dict[str, Role]:
    """A user's role in each of the organizations that they may enter."""
    items = RECORDS.batch_get(
        keys.record(organization_id, Member.KIND, user_id) for organization_id in organization_ids
    )
    memberships = [Member.from_item(item) for item in items.values()]
    return {one.organization_id: one.role for one in memberships if one.may_enter}


def of_team(organization_id: str, team_id: str) -> list[str]:
    """The users in a team."""
    entries = record_list(Member, organization_id, team_list(team_id), Allowance())
    return sorted(record_ids_of(take(entries, MAX_TEAM_SIZE).entries))


def active_among(organization_id: str, user_ids: Iterable[str]) -> list[str]:
    """Those of the users who are active members, in their order."""
    found = read_many(Member, organization_id, user_ids)
    return [user_id for user_id, member in found.items() if member.may_enter]


def active_in_team(organization_id: str, team_id: str) -> list[str]:
    """The users in a team who are active, always in the same order."""
    return active_among(organization_id, of_team(organization_id, team_id))


def of_teams(organization_id: str, team_ids: Sequence[str]) -> dict[str, list[str]]:
    """The users in each of several teams."""
    found = in_parallel(lambda team_id: of_team(organization_id, team_id), team_ids)
    return dict(zip(team_ids, found, strict=True))


def moves(
    caller: Caller, team_id: str, before: Collection[str], users: Collection[str]
) -> list[Move]:
    """What becomes of whom, for these users and no others to be the members of a team.

    Args:
        caller: who changes the team.
        team_id: the team.
        before: who is in it now.
        users: who shall be.

    Raises:
        ValidationFailedError: a user to be added is no active member.
    """
    changing = set(before) ^ set(users)
    members = read_many(Member, caller.organization_id, changing)
    for user_id in sorted(changing.difference(before)):
        if user_id not in members or not members[user_id].may_enter:
            raise ValidationFailedError.of("users", f"{user_id} is no active member")
    return [
        (member, _toggled(member, team_id, caller.user_id))
        for user_id in sorted(changing)
        if (member := members.get(user_id)) is not None
    ]


def move(transaction: Transaction, moves: Sequence[Move]) -> None:
    """Write what becomes of members.

    What does not fit the request's transaction is committed before it, in steps that each hold by
    themselves: a request cut off in between is completed by repeating it.

    Args:
        transaction: the request's.
        moves: each member as they were read, and as they shall be.
    """
    left = list(moves)
    while len(left) > MEMBERS_PER_TRANSACTION:
        step = Transaction()
        for _ in range(MEMBERS_PER_TRANSACTION):
            old, new = left.pop()
            step.save(new, old)
        step.commit()
    for old, new in left:
        transaction.save(new, old)


def require_active(
    transaction: Transaction, organization_id: str, user_id: str, field: str
) -> None:
    """Demand that somebody is an active member when the transaction commits.

    The commit raises:
        ValidationFailedError: they are not; `field` is at fault.
    """
    transaction.check(
        keys.record(organization_id, Member.KIND, user_id),
        (Path("is_active") == True) & (Path("is_removed") == False),  # noqa: E712
        lambda: ValidationFailedError.of(field, "must be an active member"),
    )


def _user_id(body: MemberCreate) -> str:
    """The user that an invitation is for, made by the deployment's user pool if it has one.

    Raises:
        ValidationFailedError: an id where the user pool gives it, or none where nobody else does.
    """
    if config.user_pool_id() is None:
        if body.id is None:
            raise ValidationFailedError.of("id", "is required: the user's sub")
        return body.id
    if body.id is not None:
        raise ValidationFailedError.of("id", "is given by the user pool")
    return user_pool.find_or_create(body.email, body.first_name, body.last_name).id


def _require_organization(transaction: Transaction, organization_id: str) -> None:
    """Demand that the organization stands: nobody becomes a member of one that is being deleted.

    The commit raises:
        NotAMemberError: it does not.
    """
    organization = keys.record(organization_id, "organization", organization_id)
    transaction.check(organization, Path("pk").exists(), NotAMemberError)


def _addresses(organization_id: str, user_ids: Sequence[str]) -> list[Key]:
    """What keeps the addresses of members theirs."""
    found = read_many(Member, organization_id, user_ids)
    return [
        keys.unique(organization_id, Member.KIND, value)
        for member in found.values()
        for value in member.uniques().values()
    ]


def _keys(organization_id: str, user_id: str) -> tuple[Key, Key]:
    """What makes somebody a member, and what says so among their organizations."""
    member = keys.record(organization_id, Member.KIND, user_id)
    return member, keys.user_organization(user_id, organization_id)


def _toggled(member: Member, team_id: str, by: str) -> Member:
    kept = [team for team in member.teams if team != team_id]
    return member.changed(by, teams=kept if team_id in member.teams else [*kept, team_id])


def _save(transaction: Transaction, new: Member, old: Member | None) -> None:
    """Write a member, and all that must be true together with it."""
    transaction.save(new, old, _member_already)
    _keep_admins(transaction, new, old)
    mine = keys.user_organization(new.id, new.organization_id)
    if new.may_enter and not (old and old.may_enter):
        transaction.put(mine, {"organization_id": new.organization_id})
        transaction.update(keys.user(new.id), _first_profile(new))
    elif old and old.may_enter and not new.may_enter:
        transaction.delete(mine)


def _keep_admins(transaction: Transaction, new: Member, old: Member | None) -> None:
    """Keep the set of active admins, which never becomes empty."""
    was_admin = old is not None and old.is_active_admin
    key, admins, one = keys.admins(new.organization_id), Path("admins"), {"SS": [new.id]}
    if new.is_active_admin and not was_admin:
        transaction.update(key, [admins.add(one)])
    elif was_admin and not new.is_active_admin:
        transaction.update(key, [admins.delete(one)], size("admins") > 1, LastAdminError)


def _member_already(field: str = "email") -> DuplicateError:
    return DuplicateError("This person is a member already.", [FieldError(field, "is taken")])


def _first_profile(member: Member) -> list[Action]:
    """The person's own profile is what is known of them first: no organization changes it later.

    How often they joined one is counted, so that nobody takes them for gone who has come back.
    """
    fields: Item = {
        "email": member.email,
        "first_name": member.first_name,
        "last_name": member.last_name,
    }
    known = [Path(name).set(Path(name) | value) for name, value in fields.items()]
    return [*known, Path("joins").add({"N": "1"})]
