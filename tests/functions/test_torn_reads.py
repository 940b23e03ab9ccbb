"""Of two requests at once each is done before the other or after it, whichever read is late.

What comes of a pair is compared with what comes of its requests one after the other, in each order.
The second request is done at each point of the first: between any two of its calls, and while any
one of its reads is held.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from crm.administration.archive import emptiness
from crm.platform.dynamodb.transaction import StaleReadError
from crm.platform.errors import ConflictError
from crm.tenancy.members import service as members
from tests.functions.conftest import join
from tests.support.client import Client, Reply
from tests.support.interleaving import Interleaving, Point, in_turn, points, watched

TEXT = {"name": "notes.txt", "content_type": "text/plain", "size": 5}

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")


class World:
    """An organization of its own for each run, so that all runs begin alike.

    Attributes:
        ada: its admin.
    """

    def __init__(self, founder: Client) -> None:
        founded = founder.post("/api/organizations", {"name": "Brook"})
        assert founded.status == 201, founded.text
        self.ada = founder.within(founded.json["id"])
        self._known = {founder.user_id: "ada"}

    def make(self, path: str, label: str, **body: Any) -> str:
        """A record; its path."""
        made = self.ada.post(path, body)
        assert made.status == 201, made.text
        self.know(made.json["id"], label)
        return f"{path}/{made.json['id']}"

    def know(self, own_id: str, label: str) -> None:
        """Have an id of this run told by what it stands for."""
        self._known[own_id] = label

    def join(self, name: str) -> Client:
        """A member."""
        one = join(self.ada, *invitation(name).values())
        self.know(one.user_id, name)
        return one

    def told(self, *replies: Reply) -> str:
        """Return the responses in a form that is equal in each run."""
        text = json.dumps([_of(reply) for reply in replies])
        for own, stands in self._known.items():
            text = text.replace(own, stands)
        return json.dumps(_in_order(json.loads(_TIME.sub("time", _ID.sub("id", text)))))


def invitation(name: str) -> dict[str, str]:
    """The body that makes a member of somebody."""
    return {"email": f"{name}@example.com", "first_name": name, "last_name": "Member"}


def _in_order(told: Any) -> Any:
    """Objects by their names, and lists of texts by the texts: ids stood in the order of ids."""
    if isinstance(told, dict):
        return {name: _in_order(one) for name, one in sorted(told.items())}
    if isinstance(told, list):
        ordered = [_in_order(one) for one in told]
        return sorted(ordered) if all(isinstance(one, str) for one in ordered) else ordered
    return told


def _of(reply: Reply) -> Any:
    assert reply.status < 500, reply.text
    # Which refusal it is may depend on the moment.
    return json.loads(reply.text or "null") if reply.status < 400 else "refused"


Step = Callable[[], Reply]


@dataclass(frozen=True)
class Pair:
    """Requests of two clients, and what is looked at when all are done."""

    first: list[Step]
    second: list[Step]
    look: list[Step]


Given = Callable[[World], Pair]

_CASES: dict[str, Given] = {}


def case(given: Given) -> Given:
    _CASES[given.__name__] = given
    return given


def _orders(firsts: int, seconds: int) -> Iterator[list[int]]:
    """Each order of the steps of both: 0 for the first client's next, 1 for the second's."""
    if not firsts or not seconds:
        yield [0] * firsts + [1] * seconds
        return
    yield from ([0, *rest] for rest in _orders(firsts - 1, seconds))
    yield from ([1, *rest] for rest in _orders(firsts, seconds - 1))


def _one_after_the_other(given: Given, world: World, order: list[int]) -> str:
    pair = given(world)
    steps = iter(pair.first), iter(pair.second)
    replies: tuple[list[Reply], list[Reply]] = [], []
    for client in order:
        replies[client].append(next(steps[client])())
    return _outcome(world, pair, *replies)


def _at_once(given: Given, ada: Client, interleaving: Interleaving, point: Point) -> str:
    with interleaving.paused():
        world = World(ada)
        pair = given(world)
    others: list[Reply] = []

    def meanwhile() -> None:
        others.extend(step() for step in pair.second)

    interleaving.plan(point, meanwhile)
    own = [step() for step in pair.first]
    is_behind = not interleaving.reached
    with interleaving.paused():
        if is_behind:
            meanwhile()
        return _outcome(world, pair, own, others)


def _outcome(world: World, pair: Pair, first: list[Reply], second: list[Reply]) -> str:
    seen = [step() for step in pair.look]
    return "\n  ".join(world.told(*replies) for replies in (first, second, seen))


# ── teams ──


def _teams(world: World) -> Step:
    """Return the members of each team."""

    def look() -> Reply:
        members = world.ada.get("/api/members").json["results"]
        return Reply(200, {}, json.dumps({one["id"]: one["teams"] for one in members}))

    return look


@case
def two_fill_a_team(world: World) -> Pair:
    ada, ben, cleo = world.ada, world.join("ben"), world.join("cleo")
    team = world.make("/api/teams", "team", name="Sales", users=[])
    return Pair(
        [lambda: ada.patch(team, {"users": [ben.user_id]})],
        [lambda: ada.patch(team, {"users": [cleo.user_id]})],
        [lambda: ada.get(team), _teams(world)],
    )


@case
def a_team_is_renamed_while_it_is_filled(world: World) -> Pair:
    ada, ben = world.ada, world.join("ben")
    team = world.make("/api/teams", "team", name="Sales", users=[])
    name = "Support"
    return Pair(
        [lambda: ada.patch(team, {"name": name})],
        [lambda: ada.patch(team, {"users": [ben.user_id]})],
        [lambda: ada.get(team), _teams(world)],
    )


def _written_back(world: World, read: Callable[[], Any], team: str) -> list[Step]:
    """Read a team, and write it back as it was shown, under the version that was shown.

    What was shown may be newer than its version: then it is not written.
    """
    shown: list[Any] = []

    def look() -> Reply:
        shown.append(read())
        return Reply(200, {}, "null")

    def write() -> Reply:
        body = {name: shown[0][name] for name in ("name", "description", "users")}
        return world.ada.put(team, body, headers={"if-match": f'"{shown[0]["version"]}"'})

    return [look, write]


@case
def a_team_is_written_back_as_it_was_read(world: World) -> Pair:
    ada, ben = world.ada, world.join("ben")
    team = world.make("/api/teams", "team", name="Sales", users=[])
    return Pair(
        _written_back(world, lambda: ada.get(team).json, team),
        [lambda: ada.patch(team, {"users": [ben.user_id]})],
        [lambda: ada.get(team), _teams(world)],
    )


@case
def a_team_is_written_back_as_it_was_listed(world: World) -> Pair:
    ada, ben = world.ada, world.join("ben")
    team = world.make("/api/teams", "team", name="Sales", users=[])

    return Pair(
        _written_back(world, lambda: ada.get("/api/teams").json["results"][0], team),
        [lambda: ada.patch(team, {"users": [ben.user_id]})],
        [lambda: ada.get(team), _teams(world)],
    )


@case
def a_team_is_dissolved_while_it_is_filled(world: World) -> Pair:
    ada, ben = world.ada, world.join("ben")
    team = world.make("/api/teams", "team", name="Sales", users=[])
    return Pair(
        [lambda: ada.delete(team)],
        [lambda: ada.patch(team, {"users": [ben.user_id]})],
        [lambda: ada.get(team), _teams(world)],
    )


@case
def a_team_is_emptied_while_a_member_goes_and_comes_back(world: World) -> Pair:
    ada, dora = world.ada, world.join("dora")
    team = world.make("/api/teams", "team", name="Sales", users=[dora.user_id])
    return Pair(
        [lambda: ada.patch(team, {"users": []})],
        [
            lambda: ada.delete(f"/api/members/{dora.user_id}"),
            lambda: ada.post("/api/members", invitation("dora")),
        ],
        [lambda: ada.get(team), _teams(world)],
    )


# ── entities ──


def _entity(world: World, label: str, **body: Any) -> str:
    return world.make("/api/entities", label, type="account", name=label, **body)


def _identifier(world: World, entity: str, label: str, **body: Any) -> str:
    fields = {"type": "other", "value": label, **body}
    return world.make(f"{entity}/identifiers", label, **fields)


@case
def an_entity_goes_while_a_part_comes(world: World) -> Pair:
    ada, acme, other = world.ada, _entity(world, "Acme"), _entity(world, "Other")
    _identifier(world, acme, "A", is_primary=True)
    body = {"type": "other", "value": "B", "is_primary": True}
    return Pair(
        [lambda: ada.delete(acme)],
        [lambda: ada.post(f"{acme}/identifiers", body)],
        [
            lambda: ada.get(acme),
            lambda: ada.post(f"{other}/identifiers", body),
            lambda: ada.get(other),
        ],
    )


@case
def an_entity_goes_while_a_part_changes(world: World) -> Pair:
    ada, acme, other = world.ada, _entity(world, "Acme"), _entity(world, "Other")
    part = _identifier(world, acme, "A", is_primary=True)
    value = "B"
    return Pair(
        [lambda: ada.delete(acme)],
        [lambda: ada.patch(part, {"value": value})],
        [
            lambda: ada.get(acme),
            lambda: ada.post(f"{other}/identifiers", {"type": "other", "value": value}),
        ],
    )


@case
def two_parts_become_primary(world: World) -> Pair:
    ada, acme = world.ada, _entity(world, "Acme")
    _identifier(world, acme, "A", is_primary=True)
    second, third = _identifier(world, acme, "B"), _identifier(world, acme, "C")
    return Pair(
        [lambda: ada.patch(second, {"is_primary": True})],
        [lambda: ada.patch(third, {"is_primary": True})],
        [lambda: ada.get(acme)],
    )


@case
def a_part_comes_as_primary_while_the_primary_gives_way(world: World) -> Pair:
    ada, acme = world.ada, _entity(world, "Acme")
    first = _identifier(world, acme, "A", is_primary=True)
    body = {"type": "other", "value": "B", "is_primary": True}
    return Pair(
        [lambda: ada.post(f"{acme}/identifiers", body)],
        [lambda: ada.patch(first, {"is_primary": False})],
        [lambda: ada.get(acme)],
    )


@case
def a_relationship_comes_while_its_end_goes(world: World) -> Pair:
    ada, acme, other = world.ada, _entity(world, "Acme"), _entity(world, "Other")
    body = {
        "to_entity": other.rpartition("/")[2],
        "relationship_type": "owns",
        "inverse_type": "owned by",
    }
    return Pair(
        [lambda: ada.post(f"{acme}/relationships", body)],
        [lambda: ada.delete(other)],
        [lambda: ada.get(acme)],
    )


def _merging(world: World) -> tuple[str, str, Step]:
    """An entity, another one that is merged into it, and the merge."""
    acme, other = _entity(world, "Acme"), _entity(world, "Other", note="Good")
    _identifier(world, other, "A", is_primary=True)
    merge = {"from": other.rpartition("/")[2]}
    return acme, other, lambda: world.ada.post(f"{acme}/merge", merge)


def _final(step: Step) -> Step:
    """A request of which only the status counts: its answer shows a moment between its steps."""
    return lambda: Reply(step().status, {}, "null")


@case
def an_entity_is_merged_while_it_changes(world: World) -> Pair:
    ada, (acme, other, merge) = world.ada, _merging(world)
    return Pair(
        [merge],
        [_final(lambda: ada.patch(other, {"note": "Better"}))],
        [lambda: ada.get(acme), lambda: ada.get(other)],
    )


@case
def an_entity_is_merged_while_a_deal_comes(world: World) -> Pair:
    ada, (acme, other, merge) = world.ada, _merging(world)
    body = {"name": "Deal", "entity_id": other.rpartition("/")[2]}
    return Pair(
        [_final(merge)],
        [_final(lambda: ada.post("/api/deals", body))],
        [
            lambda: ada.get(other),
            lambda: ada.get(f"/api/deals?entity_id={acme.rpartition('/')[2]}"),
        ],
    )


# ── what hangs on records ──


def _document(world: World, label: str) -> str:
    made = world.ada.post("/api/documents", {"title": label, "file": TEXT})
    world.know(made.json["id"], label)
    return f"/api/documents/{made.json['id']}"


@case
def a_document_goes_while_it_is_attached(world: World) -> Pair:
    ada, acme, document = world.ada, _entity(world, "Acme"), _document(world, "Offer")
    about = {"related_to_type": "entity", "related_to_id": acme.rpartition("/")[2]}
    body = {"document_id": document.rpartition("/")[2], **about}
    return Pair(
        [lambda: ada.delete(document)],
        [_final(lambda: ada.post("/api/attachments", body))],
        [lambda: ada.get(document), lambda: ada.get("/api/attachments", query=about)],
    )


@case
def a_document_is_attached_while_it_goes(world: World) -> Pair:
    ada, acme, document = world.ada, _entity(world, "Acme"), _document(world, "Offer")
    about = {"related_to_type": "entity", "related_to_id": acme.rpartition("/")[2]}
    body = {"document_id": document.rpartition("/")[2], **about}
    return Pair(
        [_final(lambda: ada.post("/api/attachments", body))],
        [lambda: ada.delete(document)],
        [lambda: ada.get(document), lambda: ada.get("/api/attachments", query=about)],
    )


@case
def an_activity_comes_while_what_it_is_about_goes(world: World) -> Pair:
    ada, acme = world.ada, _entity(world, "Acme")
    about = {"related_to_type": "entity", "related_to_id": acme.rpartition("/")[2]}
    body = {"type": "note", "subject": "Call", **about}
    return Pair(
        [_final(lambda: ada.post("/api/activities", body))],
        [lambda: ada.delete(acme)],
        [lambda: ada.get(acme), lambda: ada.get("/api/activities", query=about)],
    )


# ── deals ──


@dataclass(frozen=True)
class Sales:
    """A pipeline with three stages."""

    path: str
    stages: list[Any]
    entity_id: str

    def reordered(self, *order: int) -> Any:
        """A body that puts its stages into another order."""
        return {
            "stages": [
                {name: self.stages[n][name] for name in ("id", "name", "probability")}
                for n in order
            ]
        }


def _sales(world: World) -> Sales:
    stages = [{"name": name, "probability": n * 10} for n, name in enumerate(("New", "Old", "End"))]
    path = world.make("/api/pipelines", "pipeline", name="Sales", stages=stages)
    made = world.ada.get(path).json["stages"]
    for one in made:
        world.know(one["id"], one["name"])
    return Sales(path, made, _entity(world, "Acme").rpartition("/")[2])


def _deal(world: World, sales: Sales, stage: int) -> str:
    stage_id = sales.stages[stage]["id"]
    fields = {"name": "Deal", "entity_id": sales.entity_id, "stage_id": stage_id}
    return world.make("/api/deals", "deal", **fields)


def _moved(world: World, deal: str, stage: Any) -> Step:
    return lambda: world.ada.post(f"{deal}/move", {"stage_id": stage["id"]})


@case
def a_deal_goes_to_the_first_stage_while_another_becomes_it(world: World) -> Pair:
    """The deal comes to where it shall go, after that has ceased to be where it shall go."""
    ada, sales = world.ada, _sales(world)
    deal = _deal(world, sales, 1)
    return Pair(
        [lambda: ada.put(deal, {"name": "Mine", "entity_id": sales.entity_id})],
        [
            lambda: ada.patch(sales.path, sales.reordered(1, 0, 2)),
            _moved(world, deal, sales.stages[0]),
        ],
        [lambda: ada.get(deal)],
    )


@case
def a_deal_is_moved_while_its_stage_is_new(world: World) -> Pair:
    ada, sales = world.ada, _sales(world)
    deal = _deal(world, sales, 0)
    added: list[Any] = []

    def add() -> Reply:
        reply = ada.post(f"{sales.path}/stages", {"name": "Extra", "probability": 5})
        world.know(reply.json["id"], "Extra")
        added.append(reply.json)
        return reply

    return Pair(
        [_moved(world, deal, sales.stages[1])],
        [add, lambda: _moved(world, deal, added[0])()],
        [lambda: ada.get(deal)],
    )


@case
def a_deal_begins_while_its_pipeline_ends(world: World) -> Pair:
    ada, sales = world.ada, _sales(world)
    fields = {"name": "Deal", "entity_id": sales.entity_id, "stage_id": sales.stages[0]["id"]}
    return Pair(
        [lambda: ada.post("/api/deals", fields)],
        [lambda: ada.patch(sales.path, {"is_active": False})],
        [lambda: ada.get(sales.path)],
    )


@case
def a_lead_is_converted_while_it_and_the_pipeline_change(world: World) -> Pair:
    ada, sales = world.ada, _sales(world)
    lead = world.make("/api/leads", "lead", last_name="Hopper", amount="10")
    body = {"create_deal": True, "pipeline_id": sales.path.rpartition("/")[2]}
    return Pair(
        [lambda: ada.post(f"{lead}/convert", body)],
        [
            lambda: ada.patch(sales.path, sales.reordered(1, 0, 2)),
            lambda: ada.patch(lead, {"amount": "20"}),
        ],
        [
            lambda: ada.get(lead),
            lambda: ada.get(f"/api/deals?pipeline_id={sales.path.rpartition('/')[2]}"),
        ],
    )


# ── definitions and rules ──


@case
def a_field_changes_while_a_deal_is_written(world: World) -> Pair:
    ada, sales = world.ada, _sales(world)
    fixed = {"record_type": "deal", "field_name": "tone", "field_type": "text"}
    definition = world.make("/api/custom-fields", "field", field_label="Tone", **fixed)
    deal = _deal(world, sales, 0)
    return Pair(
        [lambda: ada.patch(deal, {"custom_fields": {"tone": "red"}})],
        [lambda: ada.delete(definition)],
        [lambda: ada.get(deal)],
    )


@case
def a_rule_is_written_while_the_team_that_it_names_goes(world: World) -> Pair:
    ada = world.ada
    team = world.make("/api/teams", "team", name="Sales", users=[])
    told = {"type": "send_notification", "channel": "in_app", "subject": "New", "body": "Look."}
    body = {
        "name": "Rule",
        "record_type": "deal",
        "trigger": {"event": "created"},
        "actions": [{**told, "to": team.rpartition("/")[2]}],
    }
    return Pair(
        [_final(lambda: ada.post("/api/workflow-rules", body))],
        [lambda: ada.delete(team)],
        [lambda: ada.get("/api/workflow-rules")],
    )


# ── archives ──


def test_a_pipeline_that_is_just_changed_is_not_taken_away(ada: Client) -> None:
    """An organization that takes in an archive gives up its first pipeline, as it was checked."""
    interleaving = Interleaving()
    with in_turn(interleaving), watched(interleaving):
        for point in points(interleaving):
            with interleaving.paused():
                admin = World(ada).ada
                caller = members.caller(admin.user_id, False, admin.organization_id or "")
                [first] = admin.get("/api/pipelines").json["results"]
            path, named = f"/api/pipelines/{first['id']}", list[Reply]()

            def meanwhile(
                admin: Client = admin, path: str = path, named: list[Reply] = named
            ) -> None:
                named.append(admin.patch(path, {"name": "Ours"}))

            interleaving.plan(point, meanwhile)
            with suppress(ConflictError, StaleReadError):
                emptiness.make_room(caller)
            with interleaving.paused():
                kept = admin.get(path)
            assert [one.status for one in named] in ([], [kept.status]), point


# ── rights ──


def test_who_is_removed_meanwhile_writes_over_nothing(ada: Client) -> None:
    """A repeated request reads stale data and the caller again."""
    world, interleaving = World(ada), Interleaving()
    ada, dora = world.ada, world.join("dora")
    made = dora.post("/api/documents", {"title": "One", "file": TEXT})
    path = f"/api/documents/{made.json['id']}"

    def meanwhile() -> None:
        assert ada.delete(f"/api/members/{dora.user_id}").status == 204
        assert ada.patch(path, {"title": "Ours"}).status == 200

    with in_turn(interleaving), watched(interleaving):
        interleaving.plan(Point("commit"), meanwhile)
        reply = dora.patch(path, {"title": "Mine"})
    assert reply.problem == (403, "not_a_member")
    assert ada.get(path).json["document_obj"]["title"] == "Ours"


@case
def who_is_no_admin_any_more_is_overtaken(world: World) -> Pair:
    ada, dora = world.ada, world.join("dora")
    path = f"/api/members/{dora.user_id}"
    ada.patch(path, {"role": "admin"})
    return Pair(
        [lambda: dora.patch(path, {"first_name": "Theodora"})],
        [lambda: ada.patch(path, {"role": "member"})],
        [lambda: ada.get(path)],
    )


# ── all of them ──


@pytest.mark.parametrize("given", _CASES.values(), ids=_CASES.keys())
def test_one_comes_before_the_other(given: Given, ada: Client) -> None:
    pair = given(World(ada))
    right = {
        _one_after_the_other(given, World(ada), order)
        for order in _orders(len(pair.first), len(pair.second))
    }
    assert len(right) > 1, "nothing would tell one order from the other"
    interleaving = Interleaving()
    wrong = []
    with in_turn(interleaving), watched(interleaving):
        for point in points(interleaving):
            outcome = _at_once(given, ada, interleaving, point)
            if outcome not in right:
                wrong.append(f"{point}: {outcome}")
    assert not wrong, "\n".join([*wrong, "are not among", *sorted(right)])
