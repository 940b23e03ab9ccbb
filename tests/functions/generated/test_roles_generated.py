"""Each route for each person: those may whom the table names, nobody else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from crm.platform import ids
from crm.platform.dynamodb.transaction import Transaction
from crm.tenancy.notifications import service as notifications
from tests.functions.conftest import join
from tests.functions.generated.bodies import Request, request
from tests.functions.generated.document import Operation, operations
from tests.functions.generated.roles import PEOPLE, Rule, rules
from tests.functions.generated.witness import Witness, watched
from tests.functions.generated.worlds import Organization, World, with_records
from tests.support import exports, imports, tables
from tests.support.client import Client, Reply
from tests.support.cloud import Cloud
from tests.support.entities import entity
from tests.support.forms import stored
from tests.support.related import about, attach
from tests.support.tables import Snapshot

pytestmark = pytest.mark.thorough

OUTSIDE = frozenset({"stranger", "former", "inactive"})

TOO_LATE: Mapping[str, str] = {
    "POST /api/exports/{export_id}/cancel": "it is done already",
    "POST /api/imports/{import_id}/cancel": "it is done already",
    "POST /api/workflow-executions/{execution_id}/retry": "it has succeeded",
    "DELETE /api/pipelines/{pipeline_id}": "there are deals in it",
    "PUT /api/pipelines/{pipeline_id}": "there are deals in the stages that it would lose",
    "DELETE /api/pipelines/{pipeline_id}/stages/{stage_id}": "there are deals in it",
    "DELETE /api/entities/{entity_id}": "there are deals of it",
}
"""Routes that answer permitted callers with 409, because of the state of the record."""


CODES = {403: "permission_denied", 404: "not_found", 422: "validation_failed"}


@dataclass(frozen=True)
class House:
    """An organization with somebody in each position to its things."""

    people: Mapping[str, Client]
    ours: Organization
    before: Snapshot


@pytest.fixture(scope="module")
def house(world: World, _account: Cloud) -> House:
    ours = world.ours
    admin, owner = ours.admin, ours.member

    def joined(name: str) -> Client:
        return join(admin, f"{name}@example.com", name.capitalize(), "Person")

    people = {
        "stranger": world.theirs.admin.within(ours.id),
        **{name: joined(name) for name in ("former", "inactive", "member", "related", "team")},
        "owner": owner,
        "admin": admin,
        "super_admin": _super_admin(_account).within(ours.id),
        "lost_super_admin": _super_admin(_account).within(ids.new_id()),
    }
    assert tuple(people) == PEOPLE
    member, team = f"/api/members/{people['former'].user_id}", f"/api/teams/{ours.id_of('team')}"
    assert admin.delete(member).status == 204
    off = admin.patch(f"/api/members/{people['inactive'].user_id}", {"is_active": False})
    assert off.status == 200
    assert admin.patch(team, {"users": [people["team"].user_id]}).status == 200
    own = _own_things(_account, ours, people)
    return House(people, with_records(ours, **own), tables.snapshot())


def _own_things(cloud: Cloud, ours: Organization, people: Mapping[str, Client]) -> dict[str, Any]:
    """Records of the owner, and dependents of another user's record."""
    admin, owner = ours.admin, ours.member
    hub = entity(admin, "Hub", assigned_to=people["related"].user_id)
    task = {"type": "task", "subject": "Task", "assigned_to": owner.user_id}
    path = stored(owner, "Plan", shared_with=[ours.id_of("team")])
    document = owner.get(path).json["document_obj"]
    attach(admin, "entity", hub, document_id=document["id"], file=None)
    rows = imports.table([("type", "name"), ("nothing", "Fault")])
    transaction = Transaction()
    told = notifications.notify(
        transaction, ours.id, owner.user_id, ids.new_id(), "Subject", "Body", None
    )
    transaction.commit()
    return {
        "activity": about(admin, "entity", hub, task),
        "document": document,
        "export": exports.run(owner, cloud),
        "import": imports.run(owner, cloud, rows),
        "notification": {"id": told.id},
    }


def _super_admin(cloud: Cloud) -> Client:
    user_id = cloud.new_user(f"{ids.new_id()}@example.com", "Root", "Super")
    return Client(user_id, None, {"scope": "openid super_admin"})


RULES = rules()


def test_each_route_stands_in_the_table() -> None:
    """A route without a row is for no caller: roles.py needs one for a new route."""
    assert [str(one) for one in operations() if str(one) not in RULES] == []
    assert RULES.keys() <= {str(one) for one in operations()}


@pytest.mark.parametrize("operation", [pytest.param(one, id=str(one)) for one in operations()])
def test_those_may_whom_the_table_names(operation: Operation, house: House) -> None:
    rule = RULES.get(str(operation), Rule(()))
    found: dict[str, Any] = {}
    expected: dict[str, Any] = {}
    for who, person in house.people.items():
        reply, witness = _asked(operation, house, person, rule)
        expected[who] = _expected(operation, rule, who)
        found[who] = _told(operation, reply)
        if found[who] != "done" and found[who] != "too late" and witness.writes:
            found[who] = (found[who], "and yet something was written", witness.writes)
    assert found == expected


@pytest.mark.parametrize("operation", [pytest.param(one, id=str(one)) for one in operations()])
def test_nobody_without_a_token(operation: Operation, house: House) -> None:
    person = house.people["admin"].with_claims(sub=None)
    rule = RULES.get(str(operation), Rule(()))
    reply, witness = _asked(operation, house, person, rule)
    if rule.words == ("everybody",):
        assert reply.status == 200
    else:
        assert reply.problem == (401, "unauthenticated")
    assert witness.calls == []


def _asked(operation: Operation, house: House, person: Client, rule: Rule) -> tuple[Reply, Witness]:
    sent = request(operation, house.ours)
    if operation.path.startswith("/api/organizations/{"):
        path = f"/api/organizations/{person.organization_id}"
        sent = Request(sent.method, path, json=sent.json)
    if not operation.in_organization:
        person = person.within(None)
    with watched() as witness:
        reply = sent.send(person)
    witness.undo(house.before)
    return reply, witness


def _expected(operation: Operation, rule: Rule, who: str) -> Any:
    if who in rule.people:
        return "too late" if str(operation) in TOO_LATE else "done"
    if who in OUTSIDE:
        return 403, "not_a_member"
    if who == "lost_super_admin":
        return 404, "not_found"
    return rule.refusal, CODES[rule.refusal]


def _told(operation: Operation, reply: Reply) -> Any:
    if reply.status < 400:
        return "done"
    if reply.status == 409 and str(operation) in TOO_LATE:
        return "too late"
    return reply.problem
