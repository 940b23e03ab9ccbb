"""Create, change and delete teams."""

from collections.abc import Iterable, Sequence

from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys, queries
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList, ReadBudget
from crm.platform.dynamodb.parallel import guarded, together
from crm.platform.dynamodb.queries import read_many, record_ids_of, record_list
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.table import RECORDS
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import DuplicateError, FieldError, ValidationFailedError
from crm.platform.fields import PageQuery, same_name
from crm.tenancy import permissions
from crm.tenancy.members import service as members
from crm.tenancy.permissions import Caller
from crm.tenancy.profiles import TeamSummary
from crm.tenancy.teams.schemas import Team, TeamAnswer, TeamCreate


def create(transaction: Transaction, caller: Caller, team_id: str, body: TeamCreate) -> TeamAnswer:
    """Create a team.

    Raises:
        PermissionDeniedError: The caller is no admin.
        DuplicateError: Another team has this name.
        ValidationFailedError: A user is no active member.
    """
    permissions.require_admin(caller)
    _, moves = guarded(
        lambda: _require_free_name(caller, body),
        lambda: members.moves(caller, team_id, [], body.users),
    )
    team = Team.create(
        caller.organization_id,
        caller.user_id,
        id=team_id,
        name=body.name,
        description=body.description,
    )
    transaction.save(team, None)
    members.move(transaction, moves)
    return _answer(team, body.users)


def find(caller: Caller, team_id: str) -> TeamAnswer:
    """Return a team of the caller's organization, with its users.

    Raises:
        NotFoundError: The organization has no such team.
    """
    # The version guards the users: older than the version, they would pass for its own.
    team = queries.find(Team, caller.organization_id, team_id)
    return _answer(team, members.of_team(caller.organization_id, team_id))


def search(caller: Caller, _query: PageQuery) -> EntryList:
    """List all teams, newest first."""
    return record_list(Team, caller.organization_id, "all", ReadBudget())


def rows(caller: Caller, _query: PageQuery, entries: Sequence[Item]) -> list[Answer]:
    """Return the rows of a page of `search`."""
    # The users are read after the teams: the versions of the teams guard them, as in `find`.
    teams = read_many(Team, caller.organization_id, record_ids_of(entries))
    users = members.of_teams(caller.organization_id, list(teams))
    return [_answer(team, users[team_id]).answer() for team_id, team in teams.items()]


def update(
    transaction: Transaction, caller: Caller, old: TeamAnswer, body: TeamCreate
) -> TeamAnswer:
    """Change a team's name, description or users.

    Raises:
        PermissionDeniedError: The caller is no admin.
        DuplicateError: Another team has this name.
        ValidationFailedError: A new user is no active member.
    """
    permissions.require_admin(caller)
    before = _team(old)
    team = before.changed(caller.user_id, name=body.name, description=body.description)
    transaction.save(team, before)
    members.move(transaction, members.moves(caller, old.id, old.users, body.users))
    return _answer(team, body.users)


def delete(caller: Caller, old: TeamAnswer) -> None:
    """Delete a team with its memberships. See `crm.records.team_deletion` for its records.

    Raises:
        PermissionDeniedError: The caller is no admin.
        StaleReadError: The team was changed since it was read.
    """
    permissions.require_admin(caller)
    transaction = Transaction()
    members.move(transaction, members.moves(caller, old.id, old.users, []))
    transaction.delete_record(_team(old))
    transaction.commit()


def summaries(organization_id: str, team_ids: Sequence[str]) -> list[TeamSummary]:
    """Return summaries of teams, with the profiles of their users."""
    teams, users = together(
        lambda: read_many(Team, organization_id, team_ids),
        lambda: members.of_teams(organization_id, team_ids),
    )
    people = members.profiles(organization_id, {one for team in users.values() for one in team})
    return [
        TeamSummary(id=team_id, name=team.name, users=[people[one] for one in users[team_id]])
        for team_id, team in teams.items()
    ]


def existing(organization_id: str, team_ids: Iterable[str]) -> set[str]:
    """Return those of the ids that are teams of an organization."""
    return set(read_many(Team, organization_id, team_ids))


def require(
    transaction: Transaction,
    organization_id: str,
    team_ids: Iterable[str],
    field: str = "shared_with",
) -> None:
    """Add the condition that teams exist when the transaction commits.

    The commit raises:
        ValidationFailedError: A team does not exist; the error names `field`.
    """
    for team_id in team_ids:
        transaction.check(
            keys.record(organization_id, Team.KIND, team_id),
            Path("pk").exists(),
            lambda: ValidationFailedError.of(field, "holds an unknown team"),
        )


def _require_free_name(caller: Caller, body: TeamCreate) -> None:
    """Reject a taken name before members are changed; the commit checks it again.

    Raises:
        DuplicateError: Another team has this name.
    """
    guard = keys.unique_constraint(caller.organization_id, Team.KIND, same_name(body.name))
    if RECORDS.get(guard) is not None:
        raise DuplicateError("Another record has this name.", [FieldError("name", "is taken")])


def _answer(team: Team, users: Sequence[str]) -> TeamAnswer:
    return TeamAnswer(**team.model_dump(), users=sorted(users))


def _team(answer: TeamAnswer) -> Team:
    return Team(**answer.model_dump(exclude={"users"}))
