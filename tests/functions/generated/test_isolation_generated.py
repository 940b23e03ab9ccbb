"""Another organization's things are as good as none, wherever somebody names them.

Generated: each operation of the OpenAPI document, each place in it. A request that names something
of another organization gets the answer that a request gets which names nothing at all, and AWS is
asked for nothing of that organization. A place counts only if it is alive: something of one's own
makes a difference there.
"""

import json
import re
import secrets
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from crm.http import cursor, idempotency
from crm.platform import ids
from crm.platform.dynamodb import keys, signing_key
from crm.platform.dynamodb.keys import NO_ORGANIZATION, Key
from crm.platform.dynamodb.table import SYSTEM
from tests.functions.generated import places
from tests.functions.generated.bodies import Request, request
from tests.functions.generated.document import Operation, operations, schema_named
from tests.functions.generated.lifeless import LIFELESS
from tests.functions.generated.places import Place
from tests.functions.generated.values import value_of
from tests.functions.generated.witness import Call, Witness, watched
from tests.functions.generated.worlds import NOBODY, OURS, THEIRS, World
from tests.support import tables
from tests.support.client import Client
from tests.support.cloud import Cloud
from tests.support.exports import work

pytestmark = pytest.mark.thorough

ALL = [pytest.param(one, id=str(one)) for one in operations() if one.parameters]

_ID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_SIGNED = re.compile(r'"(policy|secret|x-amz-[a-z]+)":"[^"]*"|\?[^"]*X-Amz-[^"]*')
_LINK = re.compile(r'"(/api/[^"]+)"')
_CURSOR = re.compile("cursor=[^&]+")
OF_NO_ORGANIZATION = ("USER#", "SIGNING", "WAITING", "ERASING")
"""Prefixes of partitions that belong to no organization."""

MANY = 5
"""Fewer links would mean that they are no longer found."""

_WORDS = re.compile(f"{OURS}|{THEIRS}|{NOBODY}", re.IGNORECASE)

TOLD_BY_NATURE = {
    ("POST /api/members", "email"): "the user pool has one user of an address, in every "
    "organization that makes them a member: the answer tells their id",
}
"""Places that distinguish a foreign id from an unknown one, with the reason."""


@dataclass(frozen=True)
class Asked:
    """A value in a place, the request that names it, and who sends it.

    Attributes:
        kept: the key of an answer that was kept for it, for as long as it takes.
    """

    who: Client
    value: str
    request: Request
    kept: Key | None = None


@dataclass(frozen=True)
class Seen:
    """All that a request comes to.

    Attributes:
        answer: status, headers and body, without what differs each time.
        witness: what AWS was asked.
    """

    answer: tuple[int, tuple[tuple[str, str], ...], str]
    witness: Witness


@pytest.mark.parametrize("operation", ALL)
def test_what_another_organization_has_is_as_good_as_nothing(
    operation: Operation, world: World, cloud: Cloud
) -> None:
    faults = [
        fault
        for place in places.of(operation)
        for who in _who_asks(world, place)
        for fault in _faults(world, cloud, place, who)
    ]
    assert not faults, "\n".join(faults)


def _who_asks(world: World, place: Place) -> list[Client]:
    """An admin; a member too where they are asked of other lists."""
    reads = place.operation.method == "GET" and place.where in {"path", "query"}
    return [world.ours.admin, world.ours.member] if reads else [world.ours.admin]


def _faults(world: World, cloud: Cloud, place: Place, who: Client) -> Iterator[str]:
    """An error at a place."""
    try:
        own, foreign, nothing = [_asked(world, place, who, one) for one in (OURS, THEIRS, NOBODY)]
    except LookupError:
        return  # The other organization has no such text.
    name = f"{place.operation} {place.label}"
    theirs, nobodys = (_seen(world, cloud, one) for one in (foreign, nothing))
    by_nature = (str(place.operation), place.name) in TOLD_BY_NATURE
    if theirs.answer != nobodys.answer and not by_nature:
        yield f"{name}: theirs {theirs.answer}\n  but nobody's {nobodys.answer}"
    for call in theirs.witness.calls:
        if _is_outside(world, place, call) and not _finds_membership(world, place, foreign, call):
            yield f"{name}: {call.operation} of {call.arguments}"
    if who is world.ours.admin and not place.prop:
        yield from _unreached(place, _seen(world, cloud, own).answer != nobodys.answer, nobodys)


def _unreached(place: Place, alive: bool, nobodys: Seen) -> Iterator[str]:
    """Whether a place counts."""
    reason = LIFELESS.get((str(place.operation), place.label))
    if not alive and reason is None:
        yield (
            f"{place.operation} {place.label}: one's own makes no difference ({nobodys.answer}): "
            "see to it in bodies.py that the request gets there, or say in lifeless.py why not"
        )
    if alive and reason is not None:
        yield f"{place.operation} {place.label}: it is alive, take it out of lifeless.py"


def _asked(world: World, place: Place, who: Client, whose: str) -> Asked:
    """A request with something in a place: something of ours, of theirs, or of nobody.

    Raises:
        LookupError: the other organization has no such thing.
    """
    ours, operation = world.ours, place.operation
    match place.kind:
        case "cursor":
            who = world.both
            sent = request(operation, ours)
            value = _cursor(world, who, operation, sent, whose)
            return Asked(who, value, request(operation, ours, place, value))
        case "etag":
            target = [one for one in places.of(operation) if one.where == "path"][-1]
            value = _value(world, target, whose)
            sent = request(operation, ours, target, value)
            return Asked(who, value, replace(sent, headers={"if-match": '"1"'}))
        case "key":
            who = world.both
            value = str(uuid.uuid4())
            sent = request(operation, ours, place, value)
            if whose == NOBODY:
                return Asked(who, value, sent)
            kept = _keep_an_answer(who, sent, value, _scope(world, operation, whose))
            return Asked(who, value, sent, kept)
        case "organization":
            value = _value(world, place, whose)
            if place.where == "path":
                who = who.within(None)
            return Asked(who, value, request(operation, ours, place, value))
    value = _value(world, place, whose)
    return Asked(who, value, request(operation, ours, place, value))


def _value(world: World, place: Place, whose: str) -> str:
    return value_of(world, place.kind, place.prop, whose)


def _scope(world: World, operation: Operation, whose: str) -> str:
    """The scope of cursors and keys: an organization, or a route without one."""
    if whose == OURS:
        return world.ours.id if operation.in_organization else NO_ORGANIZATION
    return world.theirs.id


def _cursor(world: World, who: Client, operation: Operation, sent: Request, whose: str) -> str:
    """A cursor that somebody was given in one of their organizations, or one that nobody was."""
    scope = _scope(world, operation, whose)
    bound_to = cursor.binding(scope, who.user_id, sent.path, sent.query)
    expires_on = int(time.time()) + cursor.LIFETIME_SECONDS
    position = cursor.Cursor(ids.new_id(), 1, True, expires_on)
    secret = secrets.token_bytes(32) if whose == NOBODY else signing_key.cursor_secret()
    return cursor.seal(position, bound_to, secret)


def _keep_an_answer(who: Client, sent: Request, value: str, scope: str) -> Key:
    """A request was answered under this key in an organization."""
    route = f"{sent.method} {sent.path}"
    key = keys.idempotency(scope, who.user_id, route, value)
    marker = idempotency.begin(scope, who.user_id, route, value, sent.json)
    assert isinstance(marker, idempotency.Marker)
    done = {"state": "done", "status": 200, "headers": {}, "body": json.dumps(THEIRS)}
    expires_on = int(time.time()) + idempotency.KEEP_SECONDS
    kept = {"token": marker.token, "fingerprint": marker.fingerprint, "expires_on": expires_on}
    SYSTEM.put(key, {"pk": key.pk, "sk": key.sk, **done, **kept})
    return key


def _seen(world: World, cloud: Cloud, asked: Asked) -> Seen:
    """Send a request, see what comes of it, and make everything what it was before."""
    with watched() as witness:
        reply = asked.request.send(asked.who)
        text = reply.text
        if asked.request.path == "/api/exports" and reply.status == 201:
            text += _exported(asked.who, cloud, reply.json["id"])
    witness.undo(world.before)
    if asked.kept:
        SYSTEM.delete(asked.kept)
    known = _known(world)
    numbers: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        found = match.group()
        return found if found in known else numbers.setdefault(found, f"<new {len(numbers)}>")

    def plain(text: str) -> str:
        text = _SIGNED.sub("<signed>", _MOMENT.sub("<moment>", text.replace(asked.value, "<it>")))
        return _WORDS.sub("<word>", _ID.sub(number, text))

    headers = tuple(sorted((name, plain(one)) for name, one in reply.headers.items()))
    return Seen((reply.status, headers, plain(text)), witness)


_KNOWN: dict[int, frozenset[str]] = {}


def _known(world: World) -> frozenset[str]:
    """The ids of all that there is."""
    if id(world) not in _KNOWN:
        _KNOWN[id(world)] = frozenset(_ID.findall(repr(world.before)))
    return _KNOWN[id(world)]


def _exported(who: Client, cloud: Cloud, export_id: str) -> str:
    """Return an export in its final state."""
    work(cloud)
    job = who.get(f"/api/exports/{export_id}").json
    return json.dumps({name: job[name] for name in ("status", "rows", "size")})


def _is_outside(world: World, place: Place, call: Call) -> bool:
    """Whether AWS was asked for what is not the organization's own, and not a user's."""
    if call.holds(world.theirs.id):
        return True
    own = (f"ORG#{world.ours.id}#", *OF_NO_ORGANIZATION)
    elsewhere = [one for one in call.partitions() if not one.startswith(own)]
    return bool(elsewhere) and place.operation.in_organization


def _finds_membership(world: World, place: Place, asked: Asked, call: Call) -> bool:
    """One read of the place where it would say that who asks is a member: it says nothing."""
    member = keys.record(world.theirs.id, "member", asked.who.user_id)
    wanted = {"pk": {"S": member.pk}, "sk": {"S": member.sk}}
    return place.kind == "organization" and call.arguments.get("Key") == wanted


def test_no_custom_field_is_a_record() -> None:
    """Or else its values are places too."""
    types = schema_named("CustomFieldWrite")["properties"]["field_type"]["enum"]
    assert set(types) == places.CUSTOM_FIELD_TYPES


def test_each_explanation_explains_something() -> None:
    labels = {
        (str(place.operation), place.label) for one in operations() for place in places.of(one)
    }
    assert set(LIFELESS) <= labels


def test_links_of_another_organization_lead_nowhere(world: World, cloud: Cloud) -> None:
    """Not even for somebody who is in both, and was given them in the other one."""
    there = world.both.within(world.theirs.id)
    links: set[str] = set()
    for operation in operations():
        if operation.method == "GET" and operation.in_organization:
            sent = request(operation, world.theirs)
            paged = {one["name"]: "1" for one in operation.parameters if one["name"] == "limit"}
            reply = replace(sent, query={**sent.query, **paged}).send(there)
            links.update(_LINK.findall(reply.text))
    assert len(links) > MANY
    for link in sorted(links):
        nothing = _CURSOR.sub("cursor=none", _ID.sub(lambda _: ids.new_id(), link))
        theirs, nobodys = (
            _seen(world, cloud, Asked(world.both, one, Request("GET", one)))
            for one in (link, nothing)
        )
        assert theirs.answer[0] in {400, 404}
        assert theirs.answer == nobodys.answer, link
        assert theirs.witness.mentions(world.theirs.id) == []


def test_the_other_organization_is_as_it_was(world: World) -> None:
    """And so is one's own: each request has met the same things."""
    after = tables.snapshot()
    changed = [
        (table, key)
        for table, before in world.before.items()
        for key in before.keys() | after[table].keys()
        if before.get(key) != after[table].get(key)
    ]
    assert changed == []
