"""Members: access to an organization, invitations, changes and removal."""

from collections.abc import Collection, Iterable, Sequence

from pynamodb.expressions.condition import size
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from crm.platform import config
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST, EntryList, ReadBudget, take
from crm.platform.dynamodb.parallel import in_parallel
from crm.platform.dynamodb.queries import read, read_many, record_ids_of, record_list
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction, retry_on_conflict
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
"""Users per team: it bounds the writes of one request."""

MEMBERS_PER_TRANSACTION = 40
"""Each member takes two of the hundred operations of a transaction."""

ENDED_AT_ONCE = 100

Move = tuple[Member, Member]
"""The old and the new version of a member."""


def caller(user_id: str, is_super_admin: bool, organization_id: str) -> Caller:
    """Return a user's role and teams in an organization: one consistent read per request.

    Args:
        user_id: the token's `sub`.
        is_super_admin: whether the user is an admin of every organization.
        organization_id: the organization.

    Raises:
        NotAMemberError: The organization does not exist, or the user is no active member; the
            error does not tell which.
        NotFoundError: A super admin names an organization that does not exist.
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
    """Add the first member of a new organization, as its admin."""
    founder = Member.create(organization_id, profile.id, **profile.model_dump(), role="admin")
    _save(transaction, founder, None)


def invite(transaction: Transaction, caller: Caller, body: MemberCreate) -> Member:
    """Add a member; the user pool creates and invites the user if they are new.

    Raises:
        PermissionDeniedError: The caller is no admin.
        DuplicateError: The user is already a member.
        ValidationFailedError: The body's id is invalid, as for `_user_id`.
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


def delete(transaction: Transaction, organization_id: str, user_id: str) -> None:
    """Delete a membership in the transaction that deletes the organization; nothing is kept."""
    for key in [*_addresses(organization_id, [user_id]), *_keys(organization_id, user_id)]:
        transaction.delete(key)


def delete_all(organization_id: str) -> None:
    """Delete all memberships of a deleted organization; safe to repeat.

    None are added after the deletion (`invite`). The list of members is kept: later passes use it
    to find what else refers to the users.

    Raises:
        UnavailableError: DynamoDB is overloaded or unreachable.
    """
    pk, start, left = keys.index_item(organization_id, Member.KIND, ALL_LIST, "").pk, None, True
    while left:
        entries = RECORDS.query(pk, (LOWEST, HIGHEST), ENDED_AT_ONCE, start=start)
        ended = [_keys(organization_id, user_id) for user_id in record_ids_of(entries)]
        # The email address is known only from the record, which is deleted afterwards.
        RECORDS.batch_write([], _addresses(organization_id, record_ids_of(entries)))
        RECORDS.batch_write([], [key for pair in ended for key in pair])
        left = len(entries) == ENDED_AT_ONCE
        start = Key(pk, entries[-1]["sk"]) if left else None


def restore(transaction: Transaction, member: Member, old: Member | None) -> None:
    """Write a member from an archive; active admins of the organization keep their role."""
    if old is not None and old.is_active_admin:
        member = member.model_copy(update={"role": "admin", "is_active": True})
    _require_organization(transaction, member.organization_id)
    _save(transaction, member, old)


def restore_team(organization_id: str, team_id: str, users: Iterable[str]) -> None:
    """Add members to a team from an archive, in steps; safe to repeat.

    Apart from their teams the members stay as in the archive, version and time included.

    Raises:
        ValidationFailedError: A user is no member.
        UnavailableError: Optimistic-lock retries are exhausted.
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

    retry_on_conflict(step)


def restored_user_id(archived_id: str, email: str, first_name: str, last_name: str) -> str:
    """Return the user id of an archived user: by email address, as for an invitation.

    Users keep their ids if the deployment has no user pool of its own, or if they have no
    address.
    """
    if config.user_pool_id() is None or not email:
        return archived_id
    return user_pool.find_or_create(email, first_name, last_name).id


def find(caller: Caller, user_id: str) -> Member:
    """Return a member of the caller's organization.

    Raises:
        NotFoundError: The organization has no such member.
    """
    member = find_any(caller, user_id)
    if member is None or member.is_removed:
        raise NotFoundError
    return member


def find_any(caller: Caller, user_id: str) -> Member | None:
    """Return a present or former member of the caller's organization; None for other users."""
    own: Member | None = caller.membership
    if own is not None and own.id == user_id:
        # A write to the own membership is authorized by the very version that it replaces.
        return own
    return read(Member, caller.organization_id, user_id)


def list_all(caller: Caller) -> EntryList:
    """List all members, newest first."""
    return record_list(Member, caller.organization_id, ALL_LIST, ReadBudget())


def rows(caller: Caller, entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of `list_all`."""
    found = read_many(Member, caller.organization_id, record_ids_of(entries))
    return [member.answer() for member in found.values()]


def update(transaction: Transaction, caller: Caller, old: Member, body: MemberReplace) -> Member:
    """Change a member's name, role or active state.

    Raises:
        PermissionDeniedError: The caller is no admin.
        LastAdminError: The organization would have no active admin.
    """
    permissions.require_admin(caller)
    new = old.changed(caller.user_id, **body.model_dump())
    _save(transaction, new, old)
    return new


def remove(transaction: Transaction, caller: Caller, old: Member) -> None:
    """End a membership. Records of the former member still show the name.

    Raises:
        PermissionDeniedError: The caller is no admin.
        LastAdminError: The organization would have no active admin.
    """
    permissions.require_admin(caller)
    _save(transaction, old.changed(caller.user_id, teams=[], is_removed=True), old)


def erase(transaction: Transaction, caller: Caller, old: Member) -> None:
    """End a membership and delete its personal data: the user's records keep only the id.

    Raises:
        PermissionDeniedError: The caller is no admin.
        LastAdminError: The organization would have no active admin.
    """
    permissions.require_admin(caller)
    nobody = {"email": "", "first_name": "", "last_name": ""}
    _save(transaction, old.changed(caller.user_id, teams=[], is_removed=True, **nobody), old)


def profiles(organization_id: str, user_ids: Iterable[str]) -> dict[str, Profile]:
    """Return the profiles of users in an organization, including former members."""
    wanted = set(user_ids)
    members = read_many(Member, organization_id, wanted)
    known = {user_id: Profile.of(member) for user_id, member in members.items()}
    strangers = RECORDS.batch_get(keys.user(user_id) for user_id in wanted - known.keys())
    for key, item in strangers.items():
        user_id = key.pk.partition("#")[2]
        known[user_id] = Profile.model_validate({**item, "id": user_id})
    return {user_id: known.get(user_id, Profile(id=user_id)) for user_id in wanted}


def profiles_for(caller: Caller, user_ids: Iterable[str]) -> dict[str, Profile]:
    """Return the profiles of users in the caller's organization; the caller's needs no read."""
    wanted = set(user_ids)
    if caller.membership is None or caller.user_id not in wanted:
        return profiles(caller.organization_id, wanted)
    others = profiles(caller.organization_id, wanted - {caller.user_id})
    return {caller.user_id: Profile.of(caller.membership), **others}


def own_profile(user_id: str) -> Profile | None:
    """Return a user's own profile, from the organization that they joined first."""
    item = RECORDS.get(keys.user(user_id))
    return Profile.model_validate({**item, "id": user_id}) if item else None


def roles(user_id: str, organization_ids: Sequence[str]) -> dict[str, Role]:
    """Return a user's role in each of the organizations whose active member they are."""
    items = RECORDS.batch_get(
        keys.record(organization_id, Member.KIND, user_id) for organization_id in organization_ids
    )
    memberships = [Member.from_item(item) for item in items.values()]
    return {one.organization_id: one.role for one in memberships if one.may_enter}


def of_team(organization_id: str, team_id: str) -> list[str]:
    """Return the users of a team."""
    entries = record_list(Member, organization_id, team_list(team_id), ReadBudget())
    return sorted(record_ids_of(take(entries, MAX_TEAM_SIZE).entries))


def active_among(organization_id: str, user_ids: Iterable[str]) -> list[str]:
    """Return those of the users who are active members, in the given order."""
    found = read_many(Member, organization_id, user_ids)
    return [user_id for user_id, member in found.items() if member.may_enter]


def active_in_team(organization_id: str, team_id: str) -> list[str]:
    """Return the active users of a team, always in the same order."""
    return active_among(organization_id, of_team(organization_id, team_id))


def of_teams(organization_id: str, team_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the users of each of several teams."""
    found = in_parallel(lambda team_id: of_team(organization_id, team_id), team_ids)
    return dict(zip(team_ids, found, strict=True))


def moves(
    caller: Caller, team_id: str, before: Collection[str], users: Collection[str]
) -> list[Move]:
    """Return the member changes that make these users the only members of a team.

    Args:
        caller: the caller of the request.
        team_id: the team.
        before: the present users of the team.
        users: the new users of the team.

    Raises:
        ValidationFailedError: An added user is no active member.
    """
    changing = set(before) ^ set(users)
    members = read_many(Member, caller.organization_id, changing)
    for user_id in sorted(changing.difference(before)):
        if user_id not in members or not members[user_id].may_enter:
            raise ValidationFailedError.of("users", f"{user_id} is no active member")
    # A member may have left the team, or Brook, since `before` was read.
    return [
        (member, _moved(member, team_id, caller.user_id))
        for user_id in sorted(changing)
        if (member := members.get(user_id)) is not None
        and (team_id in member.teams) != (user_id in users)
    ]


def move(transaction: Transaction, moves: Sequence[Move]) -> None:
    """Write changes of members.

    Changes that do not fit the request's transaction are committed before it, in steps that are
    each consistent: repeating an interrupted request completes it.

    Args:
        transaction: the request's transaction.
        moves: the old and the new version of each member.
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
    """Add the condition that a user is an active member when the transaction commits.

    The commit raises:
        ValidationFailedError: The user is no active member; the error names `field`.
    """
    transaction.check(
        keys.record(organization_id, Member.KIND, user_id),
        (Path("is_active") == True) & (Path("is_removed") == False),  # noqa: E712
        lambda: ValidationFailedError.of(field, "must be an active member"),
    )


def _user_id(body: MemberCreate) -> str:
    """Return the id of the invited user, created by the deployment's user pool if it has one.

    Raises:
        ValidationFailedError: The body has an id although the user pool assigns it, or has none
            although there is no user pool.
    """
    if config.user_pool_id() is None:
        if body.id is None:
            raise ValidationFailedError.of("id", "is required: the user's sub")
        return body.id
    if body.id is not None:
        raise ValidationFailedError.of("id", "is given by the user pool")
    return user_pool.find_or_create(body.email, body.first_name, body.last_name).id


def _require_organization(transaction: Transaction, organization_id: str) -> None:
    """Add the condition that the organization exists: a deleted one gets no new members.

    The commit raises:
        NotAMemberError: The organization does not exist.
    """
    organization = keys.record(organization_id, "organization", organization_id)
    transaction.check(organization, Path("pk").exists(), NotAMemberError)


def _addresses(organization_id: str, user_ids: Sequence[str]) -> list[Key]:
    """Return the keys of the unique constraint items of members' email addresses."""
    found = read_many(Member, organization_id, user_ids)
    return [
        keys.unique_constraint(organization_id, Member.KIND, value)
        for member in found.values()
        for value in member.unique_constraints().values()
    ]


def _keys(organization_id: str, user_id: str) -> tuple[Key, Key]:
    """Return the keys of a member and of the index item in the user's list of organizations."""
    member = keys.record(organization_id, Member.KIND, user_id)
    return member, keys.user_organization(user_id, organization_id)


def _moved(member: Member, team_id: str, by: str) -> Member:
    """The member out of a team that they are in, or in one that they are not in."""
    kept = [team for team in member.teams if team != team_id]
    return member.changed(by, teams=kept if team_id in member.teams else [*kept, team_id])


def _save(transaction: Transaction, new: Member, old: Member | None) -> None:
    """Write a member, and the items that must stay consistent with it."""
    transaction.save(new, old, _member_already)
    _keep_admins(transaction, new, old)
    mine = keys.user_organization(new.id, new.organization_id)
    if new.may_enter and not (old and old.may_enter):
        transaction.put(mine, {"organization_id": new.organization_id})
        transaction.update(keys.user(new.id), _first_profile(new))
    elif old and old.may_enter and not new.may_enter:
        transaction.delete(mine)


def _keep_admins(transaction: Transaction, new: Member, old: Member | None) -> None:
    """Update the set of active admins, on the condition that it never becomes empty."""
    was_admin = old is not None and old.is_active_admin
    key, admins, one = keys.admins(new.organization_id), Path("admins"), {"SS": [new.id]}
    if new.is_active_admin and not was_admin:
        transaction.update(key, [admins.add(one)])
    elif was_admin and not new.is_active_admin:
        transaction.update(key, [admins.delete(one)], size("admins") > 1, LastAdminError)


def _member_already(field: str = "email") -> DuplicateError:
    return DuplicateError("This person is a member already.", [FieldError(field, "is taken")])


def _first_profile(member: Member) -> list[Action]:
    """Return the actions that set the user's own profile only once, at the first membership.

    They also count the joins, so that an erasure notices users who have joined again.
    """
    fields: Item = {
        "email": member.email,
        "first_name": member.first_name,
        "last_name": member.last_name,
    }
    known = [Path(name).set(Path(name) | value) for name, value in fields.items()]
    return [*known, Path("joins").add({"N": "1"})]
